/** Parts a command line into the program's own arguments and ROS's, as ROS itself does. */

export interface SplitArguments {
  /** For the program's own parser. */
  readonly program: string[];
  /** For `RosNode.create`, `--ros-args` included. */
  readonly ros: string[];
}

/** What stands between `--ros-args` and `--` (or the end) is ROS's, any number of times. */
export function splitRosArguments(argv: readonly string[]): SplitArguments {
  const program: string[] = [];
  const ros: string[] = [];
  let inRos = false;
  for (const argument of argv) {
    if (argument === '--ros-args') {
      inRos = true;
      ros.push(argument);
    } else if (inRos && argument === '--') {
      inRos = false;
      ros.push(argument);
    } else {
      (inRos ? ros : program).push(argument);
    }
  }
  return { program, ros };
}
