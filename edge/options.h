// The configuration of an edge: a command line, and the file that it may name. Every option has its
// key in the file (TOML), by the same name without the dashes; the command line goes first.
//
//   cert = "/etc/trunkline/fullchain.pem"
//   origin = ["https://chat.example"]
//   connections-per-address = 50
#pragma once

#include <string>
#include <vector>

#include "edge/edge.h"

namespace CLI {
class App;
}

namespace trunkline::edge {

struct EdgeOptions {
  EdgeConfig config;
  unsigned threads = 1;
  bool plain = false;
  std::string config_file, curve_key_file;
  std::string shift_stamps;  // wire/stamp_clock.h
  std::string print_key;     // print the public key of this file, and end
};

// `arguments`: without the program's name. The result's config.read_again does the same again.
// Throws CLI::ParseError (for --help too: app.exit()), and std::runtime_error for a file, with line
// and column. `app`: whose options these shall be.
EdgeOptions parse_options(CLI::App& app, const std::vector<std::string>& arguments);
EdgeOptions parse_options(const std::vector<std::string>& arguments);

}  // namespace trunkline::edge
