/**
 * The Gazebo versions that a world can be written for, and how they differ in a world file: the SDF
 * version, and the names of what a world or model loads.
 */

export const FLAVOURS = ['classic', 'fortress', 'garden', 'harmonic', 'ionic', 'jetty'] as const;
export type Flavour = (typeof FLAVOURS)[number];

/** A system plugin: file and class as the world file names them. */
export interface Plugin {
  readonly filename: string;
  readonly name: string;
}

export interface Dialect {
  readonly flavour: Flavour;
  /** Gazebo Classic 11: cameras and pose topics are there without a plugin. */
  readonly classic: boolean;
  readonly sdf: string;
  /** Whether a joint can follow another one by `<mimic>`. */
  readonly mimic: boolean;
  /** A system of gz-sim such as `physics`, class `Physics`. */
  system(file: string, type: string): Plugin;
  /** ros2_control inside of Gazebo. */
  readonly ros2Control: Plugin;
  /** The element that names a camera's optical frame; absent where there is none. */
  readonly opticalFrame: string | undefined;
}

function gzSim(flavour: Flavour, sdf: string, mimic: boolean): Dialect {
  return {
    flavour,
    classic: false,
    sdf,
    mimic,
    system: (file, type) => ({
      filename: `gz-sim-${file}-system`,
      name: `gz::sim::systems::${type}`,
    }),
    ros2Control: {
      filename: 'gz_ros2_control-system',
      name: 'gz_ros2_control::GazeboSimROS2ControlPlugin',
    },
    opticalFrame: 'optical_frame_id',
  };
}

const DIALECTS: Readonly<Record<Flavour, Dialect>> = {
  classic: {
    flavour: 'classic',
    classic: true,
    sdf: '1.7',
    mimic: false,
    system: (file) => ({ filename: `lib${file}.so`, name: file }),
    ros2Control: { filename: 'libgazebo_ros2_control.so', name: 'gazebo_ros2_control' },
    opticalFrame: undefined,
  },
  // Fortress still carries the project's old name.
  fortress: {
    ...gzSim('fortress', '1.9', false),
    system: (file, type) => ({
      filename: `ignition-gazebo-${file}-system`,
      name: `ignition::gazebo::systems::${type}`,
    }),
    ros2Control: {
      filename: 'ign_ros2_control-system',
      name: 'ign_ros2_control::IgnitionROS2ControlPlugin',
    },
  },
  garden: gzSim('garden', '1.10', false),
  harmonic: gzSim('harmonic', '1.11', true),
  ionic: gzSim('ionic', '1.11', true),
  jetty: gzSim('jetty', '1.11', true),
};

export function dialectOf(flavour: Flavour): Dialect {
  return DIALECTS[flavour];
}
