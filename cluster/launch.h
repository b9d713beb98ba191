// Which command lines make a cluster: options in, argument lists out. Pure; supervisor.h runs them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::cluster {

enum class Placement : std::uint8_t { process, inside, fused };

struct StartOptions {
  unsigned ranks = 2;
  Placement placement = Placement::process;
  unsigned edges = 2;         // with placement process; else one in each rank
  std::uint16_t port = 8080;  // of edge 1; edge k listens on port + k - 1; 0: free ones
  std::string address = "127.0.0.1";
  std::string data = "trunkline-data";
  std::string run_directory;  // empty: a fresh one
  bool plain = false;
  std::string certificate, key;
  std::string profile = "chat";
  std::string routes = "hint";
  std::string idle = "auto";
  std::string store = "lmdb";
  std::uint32_t iterations = 0;      // 0: the rank's default for its profile
  std::string accounts;              // file of accounts to have, `name password` in each line
  std::string first_message;         // FROM:TO, sent when all serves
  bool once = false;                 // stop after the first message
  std::vector<std::string> command;  // run for as long as this does; empty: until a signal
};

// `--edges` takes a number, `inside` or `fused`. Throws std::invalid_argument.
void set_edges(StartOptions& options, const std::string& edges);
// What options contradict each other, in a sentence with the mend; empty: nothing.
std::string contradiction(const StartOptions& options);

// mpirun and all its ranks. `programs`: the directory of the programs.
std::vector<std::string> job_command(const StartOptions& options, const std::string& programs);
// Edge `index` (0, 1 …) in a process of its own. `port`: see port_of().
std::vector<std::string> edge_command(const StartOptions& options, const std::string& programs,
                                      unsigned index, unsigned port);
// The port of edge `index`: where its `url` says it listened before (so that a restarted edge is
// found where its clients look for it), else by the options; 0: any free one.
unsigned port_of(const StartOptions& options, unsigned index, const std::string& url);
std::string edge_name(unsigned index);

}  // namespace trunkline::cluster
