#include "edge/log.h"

#include <spdlog/spdlog.h>

namespace trunkline::edge {

void log_port_waits(const std::string& edge, const std::string& why) {
  spdlog::debug("edge-port-waits {}: {}", edge, why);
}

void log_port_broken(const std::string& edge) {
  spdlog::info("edge-port-broken {}: a new port to the rank is opened", edge);
}

}  // namespace trunkline::edge
