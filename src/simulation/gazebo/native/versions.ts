/**
 * What differs between the versions of gz-sim that are spoken to natively: as data.
 */
import type { ResetReach } from '../gz_sim_world.js';

export const NATIVE_VERSIONS = ['fortress', 'garden', 'harmonic', 'ionic', 'jetty'] as const;
export type NativeVersion = (typeof NATIVE_VERSIONS)[number];

export interface NativeProfile {
  readonly title: string;
  /** Package of the message types on the wire. */
  readonly messages: 'ignition.msgs' | 'gz.msgs';
  /** Fortress leaves the joints where they were. */
  readonly resetReach: ResetReach;
}

export const NATIVE_PROFILES: Readonly<Record<NativeVersion, NativeProfile>> = {
  fortress: { title: 'Gazebo Fortress', messages: 'ignition.msgs', resetReach: 'clock' },
  garden: { title: 'Gazebo Garden', messages: 'gz.msgs', resetReach: 'all' },
  harmonic: { title: 'Gazebo Harmonic', messages: 'gz.msgs', resetReach: 'all' },
  ionic: { title: 'Gazebo Ionic', messages: 'gz.msgs', resetReach: 'all' },
  jetty: { title: 'Gazebo Jetty', messages: 'gz.msgs', resetReach: 'all' },
};
