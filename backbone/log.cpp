#include "backbone/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace trunkline::backbone {

void open_log(const std::string& level, wire::RankId rank) {
  auto logger = spdlog::stderr_logger_mt("trunkline-rank");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e rank " + std::to_string(rank) + " %l: %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

void log_info(const std::string& line) {
  spdlog::info(line);
}
void log_warning(const std::string& line) {
  spdlog::warn(line);
}
void log_error(const std::string& line) {
  spdlog::error(line);
}

}  // namespace trunkline::backbone
