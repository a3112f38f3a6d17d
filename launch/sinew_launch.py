"""What the launch files share: sinew's processes as launch actions, without a supervisor."""

import os
import time

import yaml
from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.substitutions import LaunchConfiguration

# launch/ lies beside dist/ and config/, in a checkout as in an installed package.
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

# Fast DDS 2 and 3 read the profile from variables of different names.
PROFILE_VARIABLES = {
    'humble': 'FASTRTPS_DEFAULT_PROFILES_FILE',
    'jazzy': 'FASTRTPS_DEFAULT_PROFILES_FILE',
}

# A process that fails this often within so many seconds fails for a reason that stays.
GIVE_UP = {'failures': 5, 'window_s': 30.0}


def _giving_up():
    """Make a handler of a process's ends that ends the launch when the process keeps failing."""
    failures = []

    def ended(event, _context):
        if event.returncode == 0:
            return None
        now = time.monotonic()
        failures[:] = [then for then in failures if now - then < GIVE_UP['window_s']] + [now]
        if len(failures) < GIVE_UP['failures']:
            return None
        return [Shutdown(reason=f'{event.process_name} keeps failing; its last line says why')]

    return ended


def _environment():
    """Set what `npx sinew` would set, but nothing that the user has set."""
    distro = os.environ.get('ROS_DISTRO', '')
    profile = PROFILE_VARIABLES.get(distro, 'FASTDDS_DEFAULT_PROFILES_FILE')
    wanted = {profile: os.path.join(ROOT, 'config', 'fastdds.xml')}
    if distro == 'humble':
        wanted['ROS_LOCALHOST_ONLY'] = '1'
    elif 'ROS_LOCALHOST_ONLY' not in os.environ:
        wanted['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    return [
        SetEnvironmentVariable(name, value)
        for name, value in wanted.items()
        if name not in os.environ
    ]


def _process(name, nice=0):
    """
    Start one process of sinew, again after it dies, unless it keeps failing.

    Niceness leaves the processor to the controller; threads inherit it when they begin.
    """
    prefix = ['nice', '-n', str(nice)] if nice else []
    return ExecuteProcess(
        cmd=[
            *prefix,
            'node',
            os.path.join(ROOT, 'dist', 'app', f'{name}.js'),
            '--config',
            LaunchConfiguration('config'),
        ],
        name=name,
        output='screen',
        respawn=True,
        respawn_delay=1.0,
        on_exit=_giving_up(),
    )


def _processes(context, processes):
    """Start the processes, but no policy where the set-up has none: operators need none."""
    path = LaunchConfiguration('config').perform(context)
    try:
        with open(path, encoding='utf-8') as file:
            sections = yaml.safe_load(file)
    except (OSError, yaml.YAMLError):
        sections = None  # The processes say what is wrong with it.
    if not isinstance(sections, dict) or 'policy' in sections:
        return [_process(name, nice) for name, nice in processes]
    return [
        LogInfo(msg=f'{path} has no section "policy": no policy process is started'),
        *[_process(name, nice) for name, nice in processes if name != 'policy'],
    ]


def describe(config, processes, robots=()):
    """
    Describe a launch.

    :param config: default of the launch argument `config`, relative to the package; with `robots`
        what follows the robot's name in it
    :param processes: (name, niceness) of each process, in their order
    :param robots: what the launch argument `robot` may be, its default first
    """
    named = [
        DeclareLaunchArgument(
            'robot',
            default_value=robots[0],
            choices=list(robots),
            description='robot profile whose set-up in config/ is taken, without a `config`',
        )
    ] if robots else []
    folder = os.path.join(ROOT, 'config', '')
    chosen = [folder, LaunchConfiguration('robot'), config] if robots else os.path.join(ROOT, config)
    return LaunchDescription([
        *named,
        DeclareLaunchArgument(
            'config',
            default_value=chosen,
            description='set-up file of the cell (docs/configuration.md)',
        ),
        *_environment(),
        OpaqueFunction(function=_processes, args=[processes]),
    ])
