// What one event loop counts, and how /metrics says it (Prometheus text format 0.0.4).
#pragma once

#include <map>

#include "edge/gateway.h"

namespace trunkline::edge {

struct RimCounters {
  std::uint64_t connections = 0;  // now
  std::uint64_t accepted = 0, turned_away = 0, upgraded = 0;
  std::uint64_t tls_failed = 0, requests_late = 0, pings_missed = 0;
  std::uint64_t http_refused = 0, websockets_failed = 0;
  std::uint64_t logins = 0, logins_failed = 0, logins_throttled = 0;
  std::uint64_t messages_in = 0, messages_out = 0, bytes_in = 0, bytes_out = 0, writes = 0;
  std::uint64_t live_looks = 0, live_asks = 0, live_refused = 0;  // the live page
  std::uint64_t reloads = 0, reloads_refused = 0;
  std::uint64_t certificate_expires_s = 0;  // Unix time; 0: plain
  std::uint64_t turns = 0, batches_in = 0, batches_out = 0, port_openings = 0;
  std::uint64_t errors[256] = {};  // by wire::Code, as told to clients
};

struct ThreadCounters {
  RimCounters rim;
  GatewayCounters gateway;
  bool port_up = false;
};

// Every counter as trunkline_edge_NAME{edge="…",thread="…"}.
std::string metrics_text(std::string_view edge, const std::map<std::uint32_t, ThreadCounters>& all);

}  // namespace trunkline::edge
