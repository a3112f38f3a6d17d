/**
 * Counts what a node ignores: nothing that comes from the network stops it.
 */
import type { GazeboCounters } from '../gazebo_world.js';

export class TransportCounters implements GazeboCounters {
  malformed = 0;
  wrongVersion = 0;
  otherPartition = 0;
  received = 0;
  sent = 0;
  lost = 0;
}
