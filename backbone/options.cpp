#include "backbone/options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "wire/limits.h"

namespace trunkline::backbone {
namespace {

constexpr int kExitUsage = 2;

void add_edge_options(CLI::App& app, Options& options) {
  const std::map<std::string, Placement> placements{
      {"auto", Placement::automatic}, {"fused", Placement::fused}, {"inside", Placement::inside}};
  app.add_option("--port", options.port,
                 "host an edge in each rank, at PORT + rank (0: free ports); absent: none");
  app.add_option("--placement", options.placement,
                 "where that edge lives: fused (in the rank's own thread), inside (in threads of "
                 "its process), auto (fused on one or two cores per rank)")
      ->transform(CLI::CheckedTransformer(placements, CLI::ignore_case));
  app.add_option("--threads", options.threads, "event loops of an edge with placement inside")
      ->check(CLI::Range(1u, 64u));
  app.add_option("--address", options.address, "where the edge listens")->capture_default_str();
  app.add_option("--cert", options.certificate, "PEM file of the edge's certificate chain");
  app.add_option("--key", options.key, "PEM file of its private key");
  app.add_flag("--plain", options.plain, "no TLS; on loopback only");
  app.add_flag("--plain-anywhere", options.plain_anywhere,
               "no TLS on any address: passwords of PLAIN are refused then");
  app.add_option("--origin", options.origins, "an Origin allowed besides the edge's own; repeat");
  app.add_option("--edge-config", options.edge_config,
                 "TOML file of options of the edge; SIGHUP and `trunkline admin reload` read it "
                 "again");
  app.add_option("--listen", options.listen,
                 "unix: the edge listens on RUN/NAME.sock, mode 0600, in place of address and port")
      ->check(CLI::IsMember({"unix", "tcp"}));
  app.add_option("--tunnel-port", options.tunnel_port,
                 "pages of localhost at PORT + rank may connect too: the near end of an ssh -L");
  app.add_option("--edge-name", options.edge_name, "told to clients; default edge1, edge2 …");
}

void add_rank_options(CLI::App& app, Options& options, std::string& idle) {
  const std::map<std::string, routing::Routes> routes{{"home", routing::Routes::home},
                                                      {"hint", routing::Routes::hint}};
  app.add_option("--data", options.data, "where this cluster's data lies")->capture_default_str();
  app.add_option("--run-dir", options.run_directory,
                 "sockets and cluster file; default: a fresh directory, linked as DATA/run");
  app.add_option("--store", options.store, "lmdb (durable) or memory (gone at the end)")
      ->check(CLI::IsMember({"lmdb", "memory"}))
      ->capture_default_str();
  app.add_option("--idle", idle, "auto, spin:US, doorbell or nap")->capture_default_str();
  app.add_option("--routes", options.routes, "of direct messages: home or hint")
      ->transform(CLI::CheckedTransformer(routes, CLI::ignore_case));
  app.add_option_function<std::string>(
         "--profile", [&options](const std::string& profile) { options.lab = profile == "lab"; },
         "chat (limits on) or lab (no rates or throttles)")
      ->check(CLI::IsMember({"chat", "lab"}));
  app.add_option("--iterations", options.iterations,
                 "of PBKDF2 for every verifier; default 600000, with profile lab 4096");
  app.add_option("--interface", options.interface,
                 "address, block or name of the interface for doorbells between hosts");
  app.add_option("--tcp", options.tcp,
                 "ADDRESS[:PORT] of the ports for edges on other hosts (CURVE), at PORT + rank");
  app.add_option("--edge-keys", options.edge_keys,
                 "file of public keys (Z85, one a line) of edges that may connect there");
  app.add_flag(
      "--measure-floor", options.measure_floor,
      "before serving, a ping-pong over MPI alone (a quarter of a second): RUN/floor.json");
  app.add_option("--shift-stamps", options.shift_stamps,
                 "NANOSECONDS[,PPM]: for tests, stamp by a clock so far from this host's");
  app.add_option("--log-level", options.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
}

void add_mailbox_options(CLI::App& app, Options& options) {
  app.add_option("--quota-messages", options.quota_messages,
                 "messages that no device has received, before senders are refused")
      ->capture_default_str();
  app.add_option("--quota-bytes", options.quota_bytes, "the same in bytes")->capture_default_str();
  app.add_option("--retention-records", options.retention_records,
                 "messages kept in a mailbox, before the oldest received ones go")
      ->capture_default_str();
  app.add_option("--log-bytes-max", options.log_bytes_max,
                 "size of a rank's log, before senders are refused (full)")
      ->capture_default_str();
  app.add_option("--unarchived-bytes-max", options.unarchived_bytes_max,
                 "memory for what the archive has not taken yet, before commits wait for it")
      ->capture_default_str();
  app.add_option("--rate", options.rate,
                 "messages a second of one sender into one mailbox; 0: no limit (100; lab 0)");
  app.add_option("--burst", options.burst, "messages that may come at once (1000)");
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv) {
  CLI::App app("A rank of a Trunkline cluster. Start it with mpirun: mpirun -np 4 trunkline-rank");
  ParsedOptions parsed;
  std::string idle = "auto";
  add_edge_options(app, parsed.options);
  add_rank_options(app, parsed.options, idle);
  add_mailbox_options(app, parsed.options);
  try {
    app.parse(argc, argv);
    if (const auto wish = parse_idle(idle)) {
      parsed.options.idle = *wish;
    } else {
      throw CLI::ValidationError("--idle", "takes auto, spin:US, doorbell or nap, not " + idle);
    }
    if (parsed.options.certificate.empty() != parsed.options.key.empty()) {
      throw CLI::ValidationError("--cert", "and --key come together");
    }
    if ((parsed.options.plain || parsed.options.plain_anywhere) &&
        !parsed.options.certificate.empty()) {
      throw CLI::ValidationError("--plain", "excludes --cert and --key");
    }
  } catch (const CLI::ParseError& error) {
    parsed.exit_status = app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (parsed.options.iterations == 0) {
    parsed.options.iterations =
        parsed.options.lab ? wire::kIterationsDemo : wire::kIterationsDefault;
  }
  return parsed;
}

}  // namespace trunkline::backbone
