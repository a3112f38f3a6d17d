"""
Policy and controller for a robot whose joint states and cameras come from elsewhere.

Its driver publishes sensor_msgs/JointState and takes the controller's commands: ros2_control with a
forward_command_controller or a joint_trajectory_controller, for one. Give the cell's set-up file:

Example: ros2 launch sinew robot.launch.py config:=/path/to/cell.yaml
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from sinew_launch import describe  # noqa: E402


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    processes = [('policy', 10), ('controller', 0)]
    return describe(os.path.join('config', 'demo.yaml'), processes)
