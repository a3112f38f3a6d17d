// A real peer of gz-transport 13 or later that does what it is told on its standard input, a line at a
// time, and says on its standard output what it has done and heard. Fields are set apart by tabs;
// messages are in protobuf's text form, on one line.
//
//   advertise TOPIC TYPE        publish TOPIC MESSAGE       connected TOPIC    unadvertise TOPIC
//   subscribe TOPIC             unsubscribe TOPIC
//   serve SERVICE TYPE ANSWER   request SERVICE TYPE MESSAGE                   unserve SERVICE
//   topics                      goodbye
//
// A service answers gz.msgs.Boolean: ANSWER is true, false, or fail for a call that does not succeed.
// `goodbye` is said by a discovery of its own, because a node of these versions ends without one.
// scripts/gazebo/transport_peer.mjs builds and drives it.
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <google/protobuf/text_format.h>
#include <gz/msgs.hh>
#include <gz/transport.hh>
#if __has_include(<gz/transport/Discovery.hh>)
#include <gz/transport/Discovery.hh>
#endif

namespace
{
using Fields = std::vector<std::string>;
using gz::transport::Node;
using gz::transport::ProtoMsg;

std::mutex g_output;

void Say(const Fields &_fields)
{
  const std::lock_guard<std::mutex> lock(g_output);
  const char *separator = "";
  for (const auto &field : _fields)
  {
    std::cout << separator << field;
    separator = "\t";
  }
  std::cout << std::endl;
}

std::string Text(const ProtoMsg &_message)
{
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(_message, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

Fields Split(const std::string &_line)
{
  Fields fields;
  std::istringstream stream(_line);
  for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
  return fields;
}

template <typename Request>
bool Serve(Node &_node, const std::string &_service, const std::string &_answer)
{
  const std::function<bool(const Request &, gz::msgs::Boolean &)> handler =
      [_service, _answer](const Request &_request, gz::msgs::Boolean &_reply)
  {
    Say({"asked", _service, Text(_request)});
    _reply.set_data(_answer == "true");
    return _answer != "fail";
  };
  return _node.Advertise(_service, handler);
}

const std::map<std::string, decltype(&Serve<gz::msgs::WorldControl>)> kServices = {
    {"gz.msgs.WorldControl", &Serve<gz::msgs::WorldControl>},
    {"gz.msgs.EntityFactory", &Serve<gz::msgs::EntityFactory>},
    {"gz.msgs.Entity", &Serve<gz::msgs::Entity>},
    {"gz.msgs.Pose", &Serve<gz::msgs::Pose>},
};

class Peer
{
  public: bool Do(const Fields &_fields)
  {
    const std::string &verb = _fields.at(0);
    if (verb == "topics") return this->Topics();
    if (verb == "goodbye") return Goodbye();
    const std::string &name = _fields.at(1);
    if (verb == "advertise")
    {
      this->types[name] = _fields.at(2);
      this->publishers[name] = this->node.Advertise(name, _fields.at(2));
      return bool(this->publishers[name]);
    }
    if (verb == "publish")
    {
      const auto message = gz::msgs::Factory::New(this->types.at(name), _fields.at(2));
      return message && this->publishers.at(name).Publish(*message);
    }
    if (verb == "connected")
    {
      while (!this->publishers.at(name).HasConnections())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return true;
    }
    if (verb == "unadvertise") return this->publishers.erase(name) == 1;
    if (verb == "subscribe")
    {
      const std::function<void(const ProtoMsg &)> listener = [name](const ProtoMsg &_message)
      { Say({"heard", name, _message.GetTypeName(), Text(_message)}); };
      return this->node.Subscribe(name, listener);
    }
    if (verb == "unsubscribe") return this->node.Unsubscribe(name);
    if (verb == "serve") return kServices.at(_fields.at(2))(this->node, name, _fields.at(3));
    if (verb == "unserve") return this->node.UnadvertiseSrv(name);
    if (verb == "request") return this->Request(name, _fields.at(2), _fields.at(3));
    return false;
  }

  private: bool Topics()
  {
    Fields names;
    this->node.TopicList(names);
    names.insert(names.begin(), "topics");
    Say(names);
    return true;
  }

  private: static bool Goodbye()
  {
#if __has_include(<gz/transport/Discovery.hh>)
    gz::transport::MsgDiscovery discovery("11111111-2222-3333-4444-555555555555", "239.255.0.7",
                                          10317);
    discovery.Start();
    return true;
#else
    return false;
#endif
  }

  private: bool Request(const std::string &_service, const std::string &_type,
                        const std::string &_text)
  {
    const auto request = gz::msgs::Factory::New(_type, _text);
    if (!request) return false;
    const unsigned int timeoutMs = 30000;
    gz::msgs::Boolean reply;
    bool result = false;
    if (!this->node.Request(_service, static_cast<const ProtoMsg &>(*request), timeoutMs,
                            static_cast<ProtoMsg &>(reply), result))
      return false;
    Say({"answered", _service, result ? Text(reply) : "fail"});
    return true;
  }

  private: Node node;
  private: std::map<std::string, Node::Publisher> publishers;
  private: std::map<std::string, std::string> types;
};
}  // namespace

int main()
{
  Peer peer;
  for (std::string line; std::getline(std::cin, line);)
  {
    const Fields fields = Split(line);
    bool done = false;
    try
    {
      done = peer.Do(fields);
    }
    catch (const std::out_of_range &)
    {
    }
    Say({done ? "done" : "failed", line});
  }
}
