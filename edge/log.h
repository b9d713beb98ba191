// What an edge logs, each line with a code that stays the same. Never bodies, names or secrets of
// clients.
#pragma once

#include <string>

namespace trunkline::edge {

void log_port_waits(const std::string& edge, const std::string& why);
void log_port_broken(const std::string& edge);

}  // namespace trunkline::edge
