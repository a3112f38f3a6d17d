"""What the Gazebo launch files share: gz-sim with ros_gz_bridge and gz_ros2_control."""

import os
import subprocess
import tempfile

from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from sinew_launch import ROOT

CONTROLLERS = os.path.join(ROOT, 'config', 'gazebo', 'so101_controllers.yaml')


def flavour_argument():
    """Declare which Gazebo."""
    return DeclareLaunchArgument(
        'flavour', default_value='harmonic', description='fortress, harmonic, ionic or jetty'
    )


def _sinew(*arguments):
    """Run a command of sinew and return what it prints."""
    program = [os.path.join(ROOT, 'bin', 'sinew.mjs'), 'gazebo', *arguments]
    return subprocess.run(['node', *program], check=True, capture_output=True, text=True).stdout


def simulation(context, bridge, namespace='', services=()):
    """
    Describe server, bridge and controllers.

    :param bridge: file of config/gazebo/ that says which topics the bridge carries
    :param namespace: of ros2_control and its topics
    :param services: what else the bridge carries, as on its command line
    """
    config = LaunchConfiguration('config').perform(context)
    flavour = LaunchConfiguration('flavour').perform(context)
    wanted = ['--config', config, '--flavour', flavour]
    world = os.path.join(tempfile.mkdtemp(prefix='sinew-gazebo-'), 'world.sdf')
    _sinew('world', *wanted, '--ros2-control', CONTROLLERS, '--output', world)
    urdf = _sinew('urdf', *wanted)
    server = ['ign', 'gazebo'] if flavour == 'fortress' else ['gz', 'sim']
    sim_time = {'use_sim_time': True}
    manager = f'{namespace}/controller_manager'
    spawners = [
        Node(
            package='controller_manager',
            executable='spawner',
            arguments=[name, '--controller-manager', manager],
        )
        for name in ('joint_state_broadcaster', 'forward_position_controller')
    ]
    return [
        ExecuteProcess(cmd=[*server, '-r', '-s', '--headless-rendering', world], output='screen'),
        Node(
            package='robot_state_publisher',
            executable='robot_state_publisher',
            namespace=namespace,
            remappings=[('/clock', f'{namespace}/clock')],
            parameters=[{'robot_description': urdf}, sim_time],
        ),
        Node(
            package='ros_gz_bridge',
            executable='parameter_bridge',
            arguments=list(services),
            parameters=[{'config_file': os.path.join(ROOT, 'config', 'gazebo', bridge)}],
        ),
        *spawners,
    ]
