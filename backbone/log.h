// What a rank has to say while it runs: one line each on stderr, beginning with a stable code.
// Threads: any.
#pragma once

#include <string>

#include "wire/ids.h"

namespace trunkline::backbone {

// `level`: debug, info, warn or error. REQUIRES: before any other of these.
void open_log(const std::string& level, wire::RankId rank);
void log_info(const std::string& line);
void log_warning(const std::string& line);
void log_error(const std::string& line);

}  // namespace trunkline::backbone
