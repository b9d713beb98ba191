#include "edge/counters.h"

#include <functional>

namespace trunkline::edge {
namespace {

struct Row {
  std::string_view name, type, help;
  std::function<std::uint64_t(const ThreadCounters&)> value;
};

// clang-format off
const Row kRows[] = {
    {"connections", "gauge", "Sockets that are open", [](auto& c) { return c.rim.connections; }},
    {"sessions", "gauge", "Sockets that are logged in", [](auto& c) { return c.gateway.sessions; }},
    {"held", "gauge", "Sends without an answer yet", [](auto& c) { return c.gateway.held; }},
    {"held_bytes", "gauge", "Their bytes", [](auto& c) { return c.gateway.held_bytes; }},
    {"port_up", "gauge", "1: attached to its rank", [](auto& c) { return c.port_up ? 1u : 0u; }},
    {"accepted_total", "counter", "Sockets let in", [](auto& c) { return c.rim.accepted; }},
    {"turned_away_total", "counter", "Sockets closed at once, being too many, and clients that came while it drains", [](auto& c) { return c.rim.turned_away; }},
    {"tls_failed_total", "counter", "Sockets that broke off TLS, or spoke none", [](auto& c) { return c.rim.tls_failed; }},
    {"requests_late_total", "counter", "Sockets cut before a whole request was read", [](auto& c) { return c.rim.requests_late; }},
    {"pings_missed_total", "counter", "Sockets cut for missing two pings", [](auto& c) { return c.rim.pings_missed; }},
    {"upgraded_total", "counter", "WebSockets begun", [](auto& c) { return c.rim.upgraded; }},
    {"http_refused_total", "counter", "Requests answered 400 to 499", [](auto& c) { return c.rim.http_refused; }},
    {"websockets_failed_total", "counter", "WebSockets ended with 1002, 1003, 1007 or 1009", [](auto& c) { return c.rim.websockets_failed; }},
    {"logins_total", "counter", "Logins that SASL accepted", [](auto& c) { return c.rim.logins; }},
    {"logins_failed_total", "counter", "Logins with a wrong password or name", [](auto& c) { return c.rim.logins_failed; }},
    {"logins_throttled_total", "counter", "Logins not tried after too many failures", [](auto& c) { return c.rim.logins_throttled; }},
    {"messages_in_total", "counter", "WebSocket messages read", [](auto& c) { return c.rim.messages_in; }},
    {"messages_out_total", "counter", "WebSocket messages written", [](auto& c) { return c.rim.messages_out; }},
    {"bytes_in_total", "counter", "Bytes of messages read", [](auto& c) { return c.rim.bytes_in; }},
    {"bytes_out_total", "counter", "Bytes sent on sockets", [](auto& c) { return c.rim.bytes_out; }},
    {"writes_total", "counter", "System calls that sent them", [](auto& c) { return c.rim.writes; }},
    {"live_looks_total", "counter", "Requests for the numbers of the live page", [](auto& c) { return c.rim.live_looks; }},
    {"live_asks_total", "counter", "Questions to ranks that came of it", [](auto& c) { return c.rim.live_asks; }},
    {"live_refused_total", "counter", "Requests for them refused, too many looking", [](auto& c) { return c.rim.live_refused; }},
    {"reloads_total", "counter", "Reloads of certificate, limits and log level", [](auto& c) { return c.rim.reloads; }},
    {"reloads_refused_total", "counter", "Reloads of what was broken: nothing changed", [](auto& c) { return c.rim.reloads_refused; }},
    {"certificate_expires_seconds", "gauge", "When the certificate ends, Unix time; 0: plain", [](auto& c) { return c.rim.certificate_expires_s; }},
    {"turns_total", "counter", "Turns of the event loop", [](auto& c) { return c.rim.turns; }},
    {"batches_in_total", "counter", "Batches taken from the rank", [](auto& c) { return c.rim.batches_in; }},
    {"batches_out_total", "counter", "Batches given to the rank", [](auto& c) { return c.rim.batches_out; }},
    {"port_openings_total", "counter", "ZeroMQ sockets opened to the rank", [](auto& c) { return c.rim.port_openings; }},
    {"port_breaks_total", "counter", "Ports found broken", [](auto& c) { return c.gateway.port_breaks; }},
    {"attaches_total", "counter", "ATTACH frames sent", [](auto& c) { return c.gateway.attaches; }},
    {"sends_total", "counter", "Stored messages taken from clients", [](auto& c) { return c.gateway.sends; }},
    {"stored_total", "counter", "Of these, told as stored", [](auto& c) { return c.gateway.stored; }},
    {"delivered_total", "counter", "Stored messages written to clients", [](auto& c) { return c.gateway.delivered; }},
    {"direct_in_total", "counter", "Direct messages taken from clients", [](auto& c) { return c.gateway.direct_in; }},
    {"direct_out_total", "counter", "Direct messages written to clients", [](auto& c) { return c.gateway.direct_out; }},
    {"direct_dropped_total", "counter", "Direct messages dropped here", [](auto& c) { return c.gateway.direct_dropped; }},
    {"slow_consumers_total", "counter", "Sockets cut for taking nothing", [](auto& c) { return c.gateway.slow_consumers; }},
    {"paused_total", "counter", "Times that a socket was no longer read", [](auto& c) { return c.gateway.paused; }},
    {"alarms_total", "counter", "Sends unanswered for 10 s on a live port", [](auto& c) { return c.gateway.alarms; }},
};
// clang-format on

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP trunkline_edge_").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE trunkline_edge_").append(name).append(" ").append(type).append("\n");
}

void sample(std::string& out, std::string_view name, std::string_view edge, std::uint32_t thread,
            std::string_view code, std::uint64_t value) {
  out.append("trunkline_edge_").append(name).append("{edge=\"").append(edge);
  out.append("\",thread=\"").append(std::to_string(thread)).append("\"");
  if (!code.empty()) out.append(",code=\"").append(code).append("\"");
  out.append("} ").append(std::to_string(value)).append("\n");
}

void by_code(std::string& out, std::string_view edge, std::string_view name, std::string_view help,
             const std::map<std::uint32_t, ThreadCounters>& all,
             const std::function<const std::uint64_t*(const ThreadCounters&)>& counts) {
  head(out, name, "counter", help);
  for (const auto& [thread, counters] : all) {
    for (std::size_t code = 0; code < 256; ++code) {
      const std::uint64_t count = counts(counters)[code];
      if (count == 0) continue;
      sample(out, name, edge, thread, wire::to_string(static_cast<wire::Code>(code)), count);
    }
  }
}

}  // namespace

std::string metrics_text(std::string_view edge,
                         const std::map<std::uint32_t, ThreadCounters>& all) {
  // An edge's name is the operator's; a label's value must not be ended by it.
  std::string label;
  for (const char character : edge) {
    if (character == '"' || character == '\\') label.push_back('\\');
    label.push_back(character);
  }
  std::string out;
  for (const Row& row : kRows) {
    head(out, row.name, row.type, row.help);
    for (const auto& [thread, counters] : all) {
      sample(out, row.name, label, thread, {}, row.value(counters));
    }
  }
  by_code(out, label, "refused_total", "Messages and requests refused to clients", all,
          [](auto& counters) { return counters.gateway.refused; });
  by_code(out, label, "errors_total", "Sessions ended with an error", all,
          [](auto& counters) { return counters.rim.errors; });
  return out;
}

}  // namespace trunkline::edge
