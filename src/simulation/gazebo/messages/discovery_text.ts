/**
 * The discovery message of gz-transport 8 to 15, and what the headers need. Field numbers are facts of
 * the protocol; they are the same in ignition.msgs and gz.msgs.
 */
export const DISCOVERY_TEXT = `
syntax = "proto3";
package PACKAGE;
message Discovery {
  uint32 version = 2;
  string process_uuid = 3;
  uint32 type = 4;
  Flags flags = 5;
  Subscriber sub = 6;
  Publisher pub = 7;
  message Flags { bool relay = 1; bool no_relay = 2; }
  message Subscriber { string topic = 1; }
  message Publisher {
    string topic = 1;
    string address = 2;
    string process_uuid = 3;
    string node_uuid = 4;
    uint32 scope = 5;
    MessagePublisher msg_pub = 6;
    ServicePublisher srv_pub = 7;
  }
  message MessagePublisher {
    string ctrl = 1;
    string msg_type = 2;
    bool throttled = 3;
    uint64 msgs_per_sec = 4;
  }
  message ServicePublisher { string socket_id = 1; string request_type = 2; string response_type = 3; }
}
`;
