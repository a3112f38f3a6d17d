"""A loop as one writes it with rclpy: a timer in a node that is spun.

Usage: tick_rclpy.py RATE_HZ SECONDS; prints the lateness of each tick, s, a line. The timer keeps
absolute deadlines of its own; a call's lateness is the period less the time to its next one.
"""

import sys

import rclpy
from rclpy.node import Node


def main() -> None:
    rate, seconds = float(sys.argv[1]), float(sys.argv[2])
    rclpy.init()
    node = Node("tick_rclpy")
    period = 1.0 / rate
    late: list[float] = []

    def tick() -> None:
        late.append(period - timer.time_until_next_call() * 1e-9)

    timer = node.create_timer(period, tick)
    count = int(rate * seconds)
    while len(late) < count:
        rclpy.spin_once(node)
    print("\n".join(f"{value:.9f}" for value in late))
    node.destroy_node()
    rclpy.shutdown()


main()
