/** The topics that the console listens to and speaks on, by what they are for. */
export interface ConsoleTopics {
  readonly jointStates: string;
  readonly chunk: string;
  readonly telemetry: string;
  readonly policyTelemetry: string;
  readonly authority: string;
  readonly monitor: string;
  readonly eStop: string;
  readonly operatorAuthority: string;
  readonly jointJog: string;
  readonly twistJog: string;
  readonly jointTarget: string;
  readonly poseTarget: string;
  readonly episodeEvent: string;
  /** The image topic of a camera. */
  readonly camera: (name: string) => string;
}
