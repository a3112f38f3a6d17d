"""
Start gz-sim, ros_gz_bridge, gz_ros2_control, policy and controller: the arm moves in Gazebo.

Wants ros_gz_sim, ros_gz_bridge, gz_ros2_control, robot_state_publisher and the ros2_controllers of
the distribution. Activate with `ros2 lifecycle set /policy activate` and the same for /controller.

Example: ros2 launch sinew gazebo.launch.py flavour:=harmonic
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from gazebo_parts import flavour_argument, simulation  # noqa: E402
from launch import LaunchDescription  # noqa: E402
from launch.actions import OpaqueFunction  # noqa: E402
from sinew_launch import describe  # noqa: E402

CONFIG = os.path.join('config', 'gazebo_ros.yaml')


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    sinew = describe(CONFIG, [('policy', 10), ('controller', 0)])
    return LaunchDescription([
        flavour_argument(),
        *sinew.entities,
        OpaqueFunction(function=simulation, kwargs={'bridge': 'ros_gz_bridge.yaml'}),
    ])
