#include "edge/options.h"

#include <CLI/CLI.hpp>
#include <stdexcept>

#include "edge/config_file.h"

namespace trunkline::edge {
namespace {

constexpr std::string_view kUnix = "unix:";

void add_listener_options(CLI::App& app, EdgeOptions& options) {
  EdgeConfig& config = options.config;
  app.add_option("--name", config.name, "told to clients")->capture_default_str();
  app.add_option("--address", config.address, "to listen on")->capture_default_str();
  app.add_option("--port", config.port, "to listen on; 0: a free one")->capture_default_str();
  app.add_option_function<std::string>(
         "--listen",
         [&config](const std::string& where) { config.socket_path = where.substr(kUnix.size()); },
         "unix:PATH: a UNIX socket, mode 0600, in place of address and port")
      ->check([](const std::string& where) {
        const bool is_path = where.starts_with(kUnix) && where.size() > kUnix.size();
        return is_path ? std::string() : "takes unix:PATH, not " + where;
      });
  app.add_option("--tunnel-port", config.tunnel_port,
                 "pages of localhost at this port may connect too: the near end of an ssh -L");
  app.add_option("--public-url", config.public_url,
                 "where clients reach this edge, if not where it listens (ws:// or wss://)");
  app.add_option("--threads", options.threads, "event loops")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  app.add_option("--cert", config.certificate, "PEM file of the certificate chain");
  app.add_option("--key", config.key, "PEM file of its private key");
  app.add_flag("--plain", options.plain, "no TLS; on loopback only");
  app.add_flag("--plain-anywhere", config.plain_anywhere,
               "no TLS on any address: passwords of PLAIN are refused then");
  app.add_option("--origin", config.origins, "an Origin allowed besides the edge's own; repeat");
  app.add_option("--move-url", config.move_urls, "where clients go when this edge ends; repeat");
}

void add_limit_options(CLI::App& app, EdgeOptions& options) {
  EdgeConfig& config = options.config;
  app.add_option_function<std::string>(
         "--profile", [&config](const std::string& profile) { config.lab = profile == "lab"; },
         "chat (limits on) or lab (no rates, throttles or limits per address)")
      ->check(CLI::IsMember({"chat", "lab"}));
  app.add_option("--connections", config.connections_max, "at most, in all")->capture_default_str();
  app.add_option("--connections-per-address", config.connections_per_address_max,
                 "at most, of one address that is not loopback")
      ->capture_default_str();
  const auto amount = CLI::Range(1.0, 1e9);
  app.add_option("--session-rate", config.rates.messages_per_second,
                 "messages a second that one session may send")
      ->check(amount)
      ->capture_default_str();
  app.add_option("--session-burst", config.rates.message_burst, "messages that may come at once")
      ->check(amount)
      ->capture_default_str();
  app.add_option("--session-bytes", config.rates.bytes_per_second,
                 "bytes a second that one session may send")
      ->check(amount)
      ->capture_default_str();
  app.add_flag("--echo", config.echo,
               "for conformance suites of WebSocket: gives back what it is sent, on loopback; no "
               "rank, no login");
  app.add_option_function<std::string>(
         "--live-page",
         [&config](const std::string& when) {
           if (when != "auto") config.live_page = when == "on";
         },
         "/lab, the live page of the running cluster (numbers, no names): on, off, or auto: where "
         "only this machine reaches the edge")
      ->check(CLI::IsMember({"auto", "on", "off"}));
  app.add_option("--shift-stamps", options.shift_stamps,
                 "NANOSECONDS[,PPM]: for tests, stamp by a clock so far from this host's");
  app.add_option("--log-level", config.log_level, "debug, info, warn or error (warn)")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
}

void add_rank_options(CLI::App& app, EdgeOptions& options) {
  EdgeConfig& config = options.config;
  app.add_option("--run-dir", config.run_directory, "run directory of the cluster");
  app.add_option("--rank", config.rank, "the rank to attach to")->capture_default_str();
  app.add_option("--endpoint", config.endpoint, "of the rank's ports, in place of --run-dir");
  app.add_flag("--tcp", config.over_tcp, "reach the rank over tcp, with CURVE");
  app.add_option("--curve-key-file", options.curve_key_file,
                 "this edge's CURVE key pair (public and secret, a line each); made if missing");
  app.add_option("--print-key", options.print_key,
                 "print the public key of this key file, made if missing, and end: what "
                 "`trunkline admin edge allow` takes");
  app.add_option("--server-key", config.curve_server,
                 "the rank's public key, for a tcp --endpoint; else the run directory has it");
}

// What contradicts itself, for people; empty: nothing.
std::string contradiction(const EdgeOptions& options) {
  if (!options.print_key.empty()) return {};
  const EdgeConfig& config = options.config;
  const bool has_rank = !config.run_directory.empty() || !config.endpoint.empty();
  if (config.echo && (has_rank || config.plain_anywhere)) {
    return "--echo excludes --run-dir, --endpoint and --plain-anywhere";
  }
  if (!config.echo && config.run_directory.empty() == config.endpoint.empty()) {
    return "give --run-dir or --endpoint, one of them";
  }
  if (config.certificate.empty() != config.key.empty()) return "--cert and --key come together";
  if ((options.plain || config.plain_anywhere) && !config.certificate.empty()) {
    return "--plain excludes --cert and --key";
  }
  if (!config.socket_path.empty() && options.threads != 1) {
    return "--listen unix:PATH has one event loop: --threads 1";
  }
  const bool curve = config.over_tcp || !config.curve_server.empty();
  if (curve != !options.curve_key_file.empty()) {
    return "--curve-key-file is for --tcp or --server-key, and they need it";
  }
  return {};
}

}  // namespace

EdgeOptions parse_options(CLI::App& app, const std::vector<std::string>& arguments) {
  EdgeOptions options;
  app.add_option("--config", options.config_file,
                 "TOML file of any of these options (key: its name without dashes); what the "
                 "command line says goes first");
  add_rank_options(app, options);
  add_listener_options(app, options);
  add_limit_options(app, options);
  app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // as CLI11 wants it
  if (!options.config_file.empty()) take_config_file(app, options.config_file);
  if (const std::string wrong = contradiction(options); !wrong.empty()) {
    throw CLI::ValidationError("trunkline-edge", wrong);
  }
  options.config.read_again = [arguments] { return parse_options(arguments).config; };
  return options;
}

EdgeOptions parse_options(const std::vector<std::string>& arguments) {
  CLI::App app;
  try {
    return parse_options(app, arguments);
  } catch (const CLI::ParseError& error) {
    throw std::runtime_error(error.what());
  }
}

}  // namespace trunkline::edge
