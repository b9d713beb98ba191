// What an edge logs, each line with a code that stays the same. Never bodies, names or secrets of
// clients.
#pragma once

#include <string>

namespace trunkline::edge {

void log_port_waits(const std::string& edge, const std::string& why);
void log_port_broken(const std::string& edge);
void log_reloaded(const std::string& edge, const std::string& what);
void log_reload_refused(const std::string& edge, const std::string& why);
void log_draining(const std::string& edge, const std::string& what);

// debug, info, warn or error; empty: as it is.
void set_log_level(const std::string& level);

}  // namespace trunkline::edge
