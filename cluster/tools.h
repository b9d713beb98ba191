// The verbs that talk to a running cluster and end: status, admin (ping has a header of its own).
// Each returns the exit status of the program and prints its answer to stdout, trouble to stderr.
#pragma once

#include <string>

namespace trunkline::cluster {

// Which cluster: --run-dir, --data, or the default (run_directory.h: find_run_directory).
struct Where {
  std::string run_directory, data;
};

// Ranks, edges and whether each is alive; exit status 1 when something is not.
int print_status(const Where& where, bool json);

// What rank 0 says of the place of its data: a sentence when a power cut or the end of a job takes
// it, else empty.
std::string storage_warning(const std::string& run_directory);

struct AdminCommand {
  enum class Verb { add, password, disable, enable, list, sessions, queues, edge_allow, stop };
  Verb verb = Verb::list;
  std::string name;             // the user, or the key of an edge
  bool password_stdin = false;  // else it is asked for at the terminal
};
int administer(const Where& where, const AdminCommand& command);

}  // namespace trunkline::cluster
