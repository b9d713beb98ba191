#include "cluster/edge_keys.h"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "cluster/process.h"

namespace trunkline::cluster {
namespace {

constexpr std::chrono::seconds kLimit{15};

std::string key_of(const StartOptions& options, const std::string& programs, unsigned index,
                   Events& events) {
  std::string key;
  Spawn spawn;
  spawn.arguments = edge_key_command(options, programs, index);
  spawn.log = options.run_directory + "/" + edge_name(index) + ".log";
  spawn.output = events.line_pipe([&key](std::string_view line) { key = line; });
  Process process(spawn);
  ::close(spawn.output);
  const bool made = events.wait_until([&] { return process.ended() && !key.empty(); }, kLimit);
  if (!made || process.exit_status() != 0) {
    throw std::runtime_error("no CURVE keys for " + edge_name(index) + "; its log: " + spawn.log);
  }
  return key;
}

}  // namespace

void make_edge_keys(const StartOptions& options, const std::string& programs, Events& events) {
  std::string keys;
  for (unsigned index = 0; index < options.edges; ++index) {
    keys += key_of(options, programs, index, events) + "\n";
  }
  std::ofstream file(edge_keys_file(options));
  if (!(file << keys).flush()) {
    throw std::runtime_error("cannot write " + edge_keys_file(options));
  }
}

}  // namespace trunkline::cluster
