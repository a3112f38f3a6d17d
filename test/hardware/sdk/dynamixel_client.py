"""Works six emulated XL330 with ROBOTIS's own SDK; prints what it did as JSON, or fails.

Usage: dynamixel_client.py PORT ROUNDS
"""

import json
import sys
import time

import dynamixel_sdk as dxl

TORQUE, GOAL, PRESENT, VOLTAGE, MODEL = 64, 116, 132, 144, 1200
IDS = [1, 2, 3, 4, 5, 6]

# The SDK's allowance for the adapter, ms; more for a busy computer on which this SDK, which polls
# without a pause, takes the emulator's turns.
dxl.port_handler.LATENCY_TIMER = 250


def check(condition, what):
    if not condition:
        raise SystemExit(f"dynamixel_client: {what}")


def words(value):
    low, high = dxl.DXL_LOWORD(value), dxl.DXL_HIWORD(value)
    return [dxl.DXL_LOBYTE(low), dxl.DXL_HIBYTE(low), dxl.DXL_LOBYTE(high), dxl.DXL_HIBYTE(high)]


def main(path, rounds):
    port = dxl.PortHandler(path)
    check(port.openPort() and port.setBaudRate(57_600), f"cannot open {path}")
    servos = dxl.PacketHandler(2.0)

    found, result = servos.broadcastPing(port)
    check(result == dxl.COMM_SUCCESS, f"broadcast ping: {servos.getTxRxResult(result)}")
    check(sorted(found) == IDS, f"scan found {found}")
    check(all(number == MODEL for number, _ in found.values()), f"models {found}")

    for servo in IDS:
        number, result, error = servos.ping(port, servo)
        check((number, result, error) == (MODEL, dxl.COMM_SUCCESS, 0), f"ping of {servo}: {number}")
        result, error = servos.write1ByteTxRx(port, servo, TORQUE, 1)
        check((result, error) == (dxl.COMM_SUCCESS, 0), f"torque of {servo}: {result}, {error}")
        value, result, error = servos.read1ByteTxRx(port, servo, TORQUE)
        check((value, result, error) == (1, dxl.COMM_SUCCESS, 0), f"torque of {servo} reads {value}")
        result, error = servos.regWriteTxRx(port, servo, GOAL, 4, words(2048))
        check((result, error) == (dxl.COMM_SUCCESS, 0), f"reg write of {servo}: {result}, {error}")
    check(servos.action(port, dxl.BROADCAST_ID) == dxl.COMM_SUCCESS, "action")

    reader = dxl.GroupSyncRead(port, servos, PRESENT, 4)
    bulk = dxl.GroupBulkRead(port, servos)
    writer = dxl.GroupSyncWrite(port, servos, GOAL, 4)
    for servo in IDS:
        check(reader.addParam(servo), f"addParam {servo}")
        check(bulk.addParam(servo, VOLTAGE, 2), f"bulk addParam {servo}")
    errors = 0
    for step in range(rounds):
        writer.clearParam()
        for servo in IDS:
            writer.addParam(servo, words(2048 + step))
        errors += writer.txPacket() != dxl.COMM_SUCCESS
        errors += reader.txRxPacket() != dxl.COMM_SUCCESS
        errors += bulk.txRxPacket() != dxl.COMM_SUCCESS
        errors += not all(reader.isAvailable(servo, PRESENT, 4) for servo in IDS)
    check(errors == 0, f"{errors} errors in {rounds} rounds of sync write, sync read and bulk read")

    time.sleep(0.5)
    check(reader.txRxPacket() == dxl.COMM_SUCCESS, "last sync read")
    positions = [reader.getData(servo, PRESENT, 4) for servo in IDS]
    voltages = [bulk.getData(servo, VOLTAGE, 2) for servo in IDS]
    port.closePort()
    print(json.dumps({"found": sorted(found), "rounds": rounds, "errors": errors,
                      "positions": positions, "voltages": voltages}))


main(sys.argv[1], int(sys.argv[2]))
