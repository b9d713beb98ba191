// A real trunkline-edge on a free port of loopback, without a cluster: one that echoes, or one
// whose rank is nowhere, which is enough for all that comes before a login.
//
// Threads: one. Ends with the object.
#pragma once

#include <signal.h>

#include <string>
#include <vector>

#include "cluster/events.h"
#include "cluster/process.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::tests {

enum class EdgeKind { echo, no_rank };

class EdgeProcess {
 public:
  // Waits until it listens; std::runtime_error with its log if it does not.
  EdgeProcess(EdgeKind kind, bool tls, std::vector<std::string> more = {});
  ~EdgeProcess();

  std::uint16_t port() const { return port_; }     // 0: it listens on a UNIX socket
  const std::string& url() const { return url_; }  // as it prints it
  bool is_tls() const { return tls_; }
  pid_t pid() const { return process_.pid(); }
  std::string certificate() const { return directory_.path() + "/certificate.pem"; }
  std::string key() const { return directory_.path() + "/key.pem"; }
  void signal(int number) { process_.signal(number); }
  void ask_to_stop() { signal(SIGTERM); }
  // An orderly stop: true if it ended by itself in 10 s, with status 0.
  bool stop();
  std::string log() const;

 private:
  const bool tls_;
  TemporaryDirectory directory_;
  cluster::Events events_;
  cluster::Process process_;
  std::uint16_t port_ = 0;
  std::string url_;
};

// Runs trunkline-edge with these options, which must end it: its exit status; -1: it runs on.
int exit_status_of_edge(const std::vector<std::string>& options);

}  // namespace trunkline::tests
