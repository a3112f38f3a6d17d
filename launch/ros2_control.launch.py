"""
Policy and controller for a robot whose ros2_control driver runs already.

The set-up file says which of the robot's controllers are switched in, and what they are sent; there is
one for each robot profile, which is the place to start from for your own (config:=FILE).

Example: ros2 launch sinew ros2_control.launch.py robot:=ur5e
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from sinew_launch import describe  # noqa: E402


def generate_launch_description():
    """Describe the launch for ros2 launch."""
    processes = [('policy', 10), ('controller', 0)]
    robots = ['ur5e', 'fr3', 'so101', 'koch', 'aloha']
    return describe('_ros2_control.yaml', processes, robots)
