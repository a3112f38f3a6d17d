/**
 * What differs between the versions of gz-sim that are spoken to natively: as data.
 */
export const NATIVE_VERSIONS = ['fortress', 'garden', 'harmonic', 'ionic', 'jetty'] as const;
export type NativeVersion = (typeof NATIVE_VERSIONS)[number];

export interface NativeProfile {
  readonly title: string;
  /** Package of the message types on the wire. */
  readonly messages: 'ignition.msgs' | 'gz.msgs';
  /** Whether a reset puts the joints back too; Fortress leaves them where they were. */
  readonly resetsJoints: boolean;
}

export const NATIVE_PROFILES: Readonly<Record<NativeVersion, NativeProfile>> = {
  fortress: { title: 'Gazebo Fortress', messages: 'ignition.msgs', resetsJoints: false },
  garden: { title: 'Gazebo Garden', messages: 'gz.msgs', resetsJoints: true },
  harmonic: { title: 'Gazebo Harmonic', messages: 'gz.msgs', resetsJoints: true },
  ionic: { title: 'Gazebo Ionic', messages: 'gz.msgs', resetsJoints: true },
  jetty: { title: 'Gazebo Jetty', messages: 'gz.msgs', resetsJoints: true },
};
