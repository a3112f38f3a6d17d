"""
Write golden bytes of gz-transport's messages, encoded by Google's protobuf from gz-msgs' own descriptors.

The descriptors are those of msgs 10 (Harmonic), as a wheel carries them; nothing was captured from a
network. In a virtual environment of its own:

    pip install gazebo-py-bindings==1.0.0 protobuf==3.20.3
    python scripts/gazebo/golden_messages.py > test/simulation/gazebo/golden/msgs10.json
"""

import base64
import importlib
import json
import struct

PROCESS = '11111111-2222-3333-4444-555555555555'
NODE = '66666666-7777-8888-9999-000000000000'
TOPIC = '@/sinew@/world/sinew/stats'
SERVICE = '@/sinew@/world/sinew/control'
# 100 is added by a transport that publishes statistics of its topics.
WIRE_VERSION = 10

publisher = {
    'topic': TOPIC,
    'address': 'tcp://127.0.0.1:40001',
    'process_uuid': PROCESS,
    'node_uuid': NODE,
    'scope': 2,
}
message_publisher = {'ctrl': '', 'msg_type': 'gz.msgs.WorldStatistics', 'msgs_per_sec': 2**64 - 1}
service_publisher = {
    'socket_id': 'identity',
    'request_type': 'gz.msgs.WorldControl',
    'response_type': 'gz.msgs.Boolean',
}
time = {'sec': 12, 'nsec': 345000000}
pose = {
    'name': 'cube',
    'position': {'x': 0.25, 'y': -0.125, 'z': 0.0125},
    'orientation': {'x': 0.0, 'y': 0.0, 'z': 0.5, 'w': 0.75},
}


def discovery(kind, **fields):
    return {'version': WIRE_VERSION, 'process_uuid': PROCESS, 'type': kind, **fields}


# File of the descriptor, type, fields.
MESSAGES = {
    'heartbeat': ('discovery', 'Discovery', discovery(4)),
    'bye': ('discovery', 'Discovery', discovery(5)),
    # As a peer sends them: with its own identity where an offer would be.
    'peer_heartbeat': (
        'discovery', 'Discovery', discovery(4, pub={'process_uuid': PROCESS, 'scope': 2})
    ),
    'peer_bye': ('discovery', 'Discovery', discovery(5, pub={'process_uuid': PROCESS, 'scope': 2})),
    'subscribe': ('discovery', 'Discovery', discovery(2, sub={'topic': TOPIC})),
    'advertise_topic': (
        'discovery', 'Discovery', discovery(1, pub={**publisher, 'msg_pub': message_publisher})
    ),
    'advertise_service': (
        'discovery',
        'Discovery',
        discovery(1, pub={**publisher, 'topic': SERVICE, 'srv_pub': service_publisher}),
    ),
    'new_connection': (
        'discovery',
        'Discovery',
        discovery(6, pub={**publisher, 'msg_pub': {'ctrl': PROCESS, 'msg_type': 'gz.msgs.Model'}}),
    ),
    'relayed': (
        'discovery',
        'Discovery',
        discovery(1, flags={'relay': True}, pub={**publisher, 'msg_pub': message_publisher}),
    ),
    'subscribers_request': ('discovery', 'Discovery', discovery(8)),
    'with_statistics': (
        'discovery',
        'Discovery',
        {**discovery(1, pub={**publisher, 'msg_pub': message_publisher}), 'version': 110},
    ),
    'world_control': (
        'world_control',
        'WorldControl',
        {'pause': True, 'multi_step': 10, 'reset': {'all': True}, 'seed': 7},
    ),
    'world_statistics': (
        'world_stats',
        'WorldStatistics',
        {'sim_time': time, 'paused': True, 'iterations': 12345, 'real_time_factor': 0.5, 'stepping': True},
    ),
    'model': (
        'model',
        'Model',
        {
            'header': {'stamp': time},
            'name': 'robot',
            'joint': [
                {'name': 'a', 'axis1': {'position': 0.5, 'velocity': -0.25, 'force': 2.0}},
                {'name': 'b', 'axis1': {'position': -1.5, 'velocity': 0.0, 'force': 0.0}},
            ],
        },
    ),
    'double': ('double', 'Double', {'data': -1.25}),
    'boolean': ('boolean', 'Boolean', {'data': True}),
    'pose': ('pose', 'Pose', pose),
    'poses': ('pose_v', 'Pose_V', {'header': {'stamp': time}, 'pose': [pose]}),
    'factory': (
        'entity_factory',
        'EntityFactory',
        {'sdf': '<sdf/>', 'name': 'cube', 'pose': pose, 'allow_renaming': False},
    ),
    'entity': ('entity', 'Entity', {'name': 'cube', 'type': 2}),
    'image': (
        'image',
        'Image',
        {
            'header': {'stamp': time},
            'width': 2,
            'height': 1,
            'step': 6,
            'data': bytes([255, 0, 0, 0, 255, 0]),
            'pixel_format_type': 3,
        },
    ),
    'camera_info': (
        'camera_info',
        'CameraInfo',
        {'width': 2, 'height': 1, 'intrinsics': {'k': [5, 0, 1, 0, 6, 0.5, 0, 0, 1]}},
    ),
}


def fill(message, fields):
    for name, value in fields.items():
        if isinstance(value, dict):
            getattr(message, name).SetInParent()
            fill(getattr(message, name), value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value:
                fill(getattr(message, name).add(), entry)
        elif isinstance(value, list):
            getattr(message, name).extend(value)
        else:
            setattr(message, name, value)
    return message


def encode(file, kind, fields):
    module = importlib.import_module(f'gz.msgs10.{file}_pb2')
    message = fill(getattr(module, kind)(), fields)
    return message.DESCRIPTOR.full_name, message.SerializeToString(deterministic=True)


def main():
    golden = {}
    for name, (file, kind, fields) in MESSAGES.items():
        full_name, data = encode(file, kind, fields)
        packet = struct.pack('<H', len(data)) + data if kind == 'Discovery' else data
        golden[name] = {'type': full_name, 'bytes': base64.b64encode(packet).decode()}
    print(json.dumps(golden, indent=1))


main()
