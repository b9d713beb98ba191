#include "routing/admin_text.h"

#include <algorithm>
#include <boost/json.hpp>

#include "wire/check.h"

namespace trunkline::routing {

namespace json = boost::json;

std::string queues_text(wire::RankId rank, const QueueDepths& depths) {
  json::array links;
  for (const QueueDepths::Link& link : depths.links) {
    links.push_back({{"rank", link.rank},
                     {"queued_bytes", link.queued_bytes},
                     {"batches_unconfirmed", link.batches_unconfirmed},
                     {"send_bytes_outstanding", link.send_bytes_outstanding},
                     {"copied", link.copied}});
  }
  json::array ports;
  for (const QueueDepths::Port& port : depths.ports) {
    ports.push_back({{"port", port.port},
                     {"edge", port.edge},
                     {"thread", port.thread},
                     {"unconfirmed_bytes", port.unconfirmed_bytes},
                     {"sessions", port.sessions}});
  }
  return json::serialize(json::object{{"rank", rank},
                                      {"records_queued", depths.records_queued},
                                      {"sends_waiting_for_writer", depths.sends_waiting_for_writer},
                                      {"sends_waiting_for_credit", depths.sends_waiting_for_credit},
                                      {"links", std::move(links)},
                                      {"ports", std::move(ports)}});
}

std::string sessions_text(wire::RankId rank,
                          const std::vector<std::unique_ptr<routing::Port>>& ports) {
  json::array sessions;
  for (const auto& port : ports) {
    std::vector<wire::SessionId> ids;
    for (const auto& [id, session] : port->sessions) ids.push_back(id);
    std::sort(ids.begin(), ids.end());
    for (const wire::SessionId id : ids) {
      const PortSession& session = port->sessions.at(id);
      sessions.push_back({{"user", session.user},
                          {"device", session.device},
                          {"edge", port->edge},
                          {"port", port->id},
                          {"session", id},
                          {"sepoch", session.sepoch}});
    }
  }
  return json::serialize(json::object{{"rank", rank}, {"sessions", std::move(sessions)}});
}

std::string edges_text(wire::RankId rank,
                       const std::vector<std::unique_ptr<routing::Port>>& ports) {
  json::array edges;
  for (const auto& port : ports) {
    edges.push_back({{"edge", port->edge},
                     {"thread", port->thread},
                     {"url", port->url},
                     {"sessions", port->sessions.size()}});
  }
  return json::serialize(json::object{{"rank", rank}, {"edges", std::move(edges)}});
}

std::string ping_text(wire::RankId home, const Mailbox& mailbox) {
  std::vector<const Device*> devices;
  for (const Device& device : mailbox.devices) {
    if (device.session) devices.push_back(&device);
  }
  std::sort(devices.begin(), devices.end(),
            [](const Device* a, const Device* b) { return a->name < b->name; });
  json::array sessions;
  for (const Device* device : devices) {
    const Registered& session = *device->session;
    sessions.push_back({{"device", device->name},
                        {"rank", session.address.rank},
                        {"port", session.address.port},
                        {"session", session.address.session},
                        {"position", session.pump.position}});
  }
  return json::serialize(json::object{{"user", mailbox.owner},
                                      {"home", home},
                                      {"enabled", mailbox.enabled},
                                      {"head", mailbox.head.mseq},
                                      {"sessions", std::move(sessions)}});
}

std::string accounts_text(const std::vector<wire::Bytes>& accounts, bool first, bool last) {
  std::string text;
  for (const wire::Bytes& bytes : accounts) {
    const auto account = wire::decode_account(bytes);
    TRUNKLINE_CHECK(account.has_value(), "the store keeps accounts as it got them");
    text.push_back(first && text.empty() ? '[' : ',');
    text += json::serialize(json::object{
        {"user", account->user}, {"enabled", account->enabled}, {"mailbox", account->mailbox}});
  }
  if (first && text.empty()) text.push_back('[');
  if (last) text.push_back(']');
  return text;
}

}  // namespace trunkline::routing
