// The command line of trunkline-rank.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backbone/idle.h"
#include "routing/router.h"

namespace trunkline::backbone {

enum class Placement : std::uint8_t { automatic, fused, inside };

struct Options {
  // the edge that each rank hosts
  std::optional<std::uint16_t> port;  // of rank 0; rank R listens on port + R; 0: free ones
  Placement placement = Placement::automatic;
  unsigned threads = 1;  // with placement inside
  std::string address = "127.0.0.1";
  std::string certificate, key;
  bool plain = false, plain_anywhere = false;
  std::vector<std::string> origins;
  std::string edge_name;          // empty: edge1 at rank 0, and so on
  std::string edge_config;        // TOML file of its further options (edge/options.h)
  std::string listen;             // unix: on RUN/NAME.sock, in place of address and port
  std::uint16_t tunnel_port = 0;  // of rank 0, rank R has + R: edge/options.h
  // data and run directory
  std::string data = "trunkline-data";
  std::string run_directory;  // empty: a fresh one
  std::string store = "lmdb";
  // how it behaves
  IdleWish idle;
  routing::Routes routes = routing::Routes::hint;
  bool lab = false;
  std::uint32_t iterations = 0;  // 0: by the profile
  std::string log_level = "info";
  bool measure_floor = false;  // backbone/mpi_floor.h
  std::string shift_stamps;    // wire/stamp_clock.h
  // what a mailbox may hold, and a sender may send to it; 0 messages a second: no limit
  std::size_t quota_messages = wire::kQuotaMessages;
  std::size_t quota_bytes = wire::kQuotaBytes;
  std::uint64_t retention_records = wire::kRetentionRecords;
  // what the store may take before senders are refused: address space of the log, and memory of
  // what the archive has not taken yet
  std::size_t log_bytes_max = std::size_t{256} << 30;
  std::size_t unarchived_bytes_max = 256 * 1024 * 1024;
  std::optional<double> rate, burst;  // absent: by the profile
  // the network
  std::string interface;  // of the doorbells between hosts; empty: chosen, where there are others
  std::string tcp;        // ADDRESS[:PORT] of the ports for gateway hosts; empty: none
  std::string edge_keys;  // a file of public keys that may connect there
};

// What the command line says; or, with `exit_status`, that it has been answered (--help) or refused
// (2) on the terminal.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_status;
};
ParsedOptions parse_options(int argc, char** argv);

}  // namespace trunkline::backbone
