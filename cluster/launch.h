// Which command lines make a cluster: options in, argument lists out. Pure; supervisor.h runs them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::cluster {

// Where edges live: in a rank's thread (fused), in its process (inside), in processes of their own
// on its host (process), or as if on another host: over tcp with CURVE (host).
enum class Placement : std::uint8_t { process, host, inside, fused };
constexpr bool has_edge_processes(Placement placement) {
  return placement == Placement::process || placement == Placement::host;
}

struct StartOptions {
  unsigned ranks = 2;
  Placement placement = Placement::process;
  bool edges_over_tcp = false;  // set_edges() makes it placement host
  unsigned edges = 2;           // in processes of their own; else one in each rank
  std::uint16_t port = 8080;    // of edge 1; edge k listens on port + k - 1; 0: free ones
  std::string address = "127.0.0.1";
  bool unix_sockets = false;  // edges listen on RUN/NAME.sock; `port` is the near end of a tunnel
  std::string data = "trunkline-data";
  std::string run_directory;  // empty: a fresh one
  bool plain = false, plain_anywhere = false;
  std::string certificate, key;
  std::string edge_config;  // TOML file of further options of every edge (edge/options.h)
  std::string profile = "chat";
  std::string routes = "hint";
  std::string idle = "auto";
  std::string store = "lmdb";
  std::uint32_t iterations = 0;      // 0: the rank's default for its profile
  bool measure_floor = false;        // ranks measure MPI alone before they serve: RUN/floor.json
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
// How to reach these edges from another machine, as a command line; empty where they listen for
// others anyway.
std::string tunnel_command(const StartOptions& options, const std::vector<std::string>& urls,
                           const std::string& user_at_host);
// Placement host: the file with the keys of edge `index`, and that of all public keys, which the
// ranks admit.
std::string edge_key_file(const StartOptions& options, unsigned index);
std::string edge_keys_file(const StartOptions& options);
// Prints the public key, after making the pair if there is none.
std::vector<std::string> edge_key_command(const StartOptions& options, const std::string& programs,
                                          unsigned index);

}  // namespace trunkline::cluster
