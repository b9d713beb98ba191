#include "edge/log.h"

#include <spdlog/spdlog.h>

namespace trunkline::edge {

void log_port_waits(const std::string& edge, const std::string& why) {
  spdlog::debug("edge-port-waits {}: {}", edge, why);
}

void log_port_broken(const std::string& edge) {
  spdlog::info("edge-port-broken {}: a new port to the rank is opened", edge);
}

void log_reloaded(const std::string& edge, const std::string& what) {
  spdlog::warn("edge-reloaded {}: {}", edge, what);
}

void log_reload_refused(const std::string& edge, const std::string& why) {
  spdlog::error("edge-reload-refused {}: {}; the settings in use stay", edge, why);
}

void log_draining(const std::string& edge, const std::string& what) {
  spdlog::warn("edge-draining {}: {}", edge, what);
}

void set_log_level(const std::string& level) {
  if (!level.empty()) spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace trunkline::edge
