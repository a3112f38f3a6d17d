"""Works six emulated STS3215 with Feetech's own SDK; prints what it did as JSON, or fails.

Usage: feetech_client.py PORT ROUNDS
"""

import json
import sys
import time

import scservo_sdk as scs

TORQUE, GOAL, PRESENT, MODEL = 40, 42, 56, 777
IDS = [1, 2, 3, 4, 5, 6]

# The SDK's allowance for the adapter, ms; more for a busy computer on which this SDK, which polls
# without a pause, takes the emulator's turns.
scs.port_handler.LATENCY_TIMER = 250


def check(condition, what):
    if not condition:
        raise SystemExit(f"feetech_client: {what}")


def main(path, rounds):
    port = scs.PortHandler(path)
    check(port.openPort() and port.setBaudRate(1_000_000), f"cannot open {path}")
    servos = scs.PacketHandler(0)

    found = []
    for servo in range(0, 9):
        number, result, error = servos.ping(port, servo)
        if result == scs.COMM_SUCCESS:
            check(error == 0 and number == MODEL, f"servo {servo}: error {error}, model {number}")
            found.append(servo)
    check(found == IDS, f"scan found {found}")

    for servo in IDS:
        result, error = servos.write1ByteTxRx(port, servo, TORQUE, 1)
        check((result, error) == (scs.COMM_SUCCESS, 0), f"torque of {servo}: {result}, {error}")
        value, result, error = servos.read1ByteTxRx(port, servo, TORQUE)
        check((value, result, error) == (1, scs.COMM_SUCCESS, 0), f"torque of {servo} reads {value}")
        result, error = servos.regWriteTxRx(port, servo, GOAL, 2, [0x00, 0x08])
        check((result, error) == (scs.COMM_SUCCESS, 0), f"reg write of {servo}: {result}, {error}")
    check(servos.action(port, scs.BROADCAST_ID) == scs.COMM_SUCCESS, "action")

    reader = scs.GroupSyncRead(port, servos, PRESENT, 2)
    writer = scs.GroupSyncWrite(port, servos, GOAL, 2)
    for servo in IDS:
        check(reader.addParam(servo), f"addParam {servo}")
    errors = 0
    for step in range(rounds):
        goal = 2048 + step
        writer.clearParam()
        for servo in IDS:
            writer.addParam(servo, [scs.SCS_LOBYTE(goal), scs.SCS_HIBYTE(goal)])
        errors += writer.txPacket() != scs.COMM_SUCCESS
        errors += reader.txRxPacket() != scs.COMM_SUCCESS
        errors += not all(reader.isAvailable(servo, PRESENT, 2) for servo in IDS)
    check(errors == 0, f"{errors} errors in {rounds} rounds of sync write and sync read")

    time.sleep(0.5)
    check(reader.txRxPacket() == scs.COMM_SUCCESS, "last sync read")
    positions = [reader.getData(servo, PRESENT, 2) for servo in IDS]
    port.closePort()
    print(json.dumps({"found": found, "rounds": rounds, "errors": errors, "positions": positions}))


main(sys.argv[1], int(sys.argv[2]))
