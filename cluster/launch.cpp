#include "cluster/launch.h"

#include <charconv>
#include <stdexcept>

namespace trunkline::cluster {
namespace {

constexpr std::uint16_t kTunnelPort = 8080;  // where --port says 0
constexpr std::string_view kUnixUrl = "+unix:";

unsigned tunnel_port(const StartOptions& options, unsigned index) {
  return (options.port == 0 ? kTunnelPort : options.port) + index;
}

void add_security(std::vector<std::string>& arguments, const StartOptions& options) {
  if (options.plain_anywhere) {
    arguments.push_back("--plain-anywhere");
  } else if (options.plain) {
    arguments.push_back("--plain");
  } else if (!options.certificate.empty()) {
    arguments.insert(arguments.end(), {"--cert", options.certificate, "--key", options.key});
  }
}

}  // namespace

void set_edges(StartOptions& options, const std::string& edges) {
  if (edges == "inside" || edges == "fused") {
    options.placement = edges == "inside" ? Placement::inside : Placement::fused;
    options.edges = 0;
    return;
  }
  unsigned count = 0;
  const auto [end, bad] = std::from_chars(edges.data(), edges.data() + edges.size(), count);
  if (bad != std::errc{} || end != edges.data() + edges.size() || count == 0 || count > 1000) {
    throw std::invalid_argument("--edges takes a number from 1 to 1000, `inside` or `fused`");
  }
  options.placement = options.edges_over_tcp ? Placement::host : Placement::process;
  options.edges = count;
}

std::string contradiction(const StartOptions& options) {
  const unsigned listeners = has_edge_processes(options.placement) ? options.edges : options.ranks;
  if (options.ranks == 0 || options.ranks > 4096) return "--ranks takes a number from 1 to 4096";
  if (options.port != 0 && options.port + listeners - 1 > 65535) {
    return "--port leaves no room for " + std::to_string(listeners) + " edges below 65536";
  }
  if (!options.plain && !options.plain_anywhere && options.edge_config.empty() &&
      (options.certificate.empty() || options.key.empty())) {
    return "give --cert and --key (PEM files), or --plain on loopback, or --plain-anywhere, or an "
           "--edge-config that has them";
  }
  if (options.once && options.first_message.empty()) {
    return "--once needs --first-message FROM:TO";
  }
  return {};
}

std::vector<std::string> job_command(const StartOptions& options, const std::string& programs) {
  // A rank has died: mpirun gives the others a second between SIGTERM and SIGKILL, which they have
  // no use for and clients wait for.
  std::vector<std::string> arguments{"mpirun",
                                     "-np",
                                     std::to_string(options.ranks),
                                     "--oversubscribe",
                                     "--bind-to",
                                     "none",
                                     "--mca",
                                     "odls_base_sigkill_timeout",
                                     "0",
                                     programs + "/trunkline-rank"};
  const auto add = [&](std::initializer_list<std::string> more) {
    arguments.insert(arguments.end(), more);
  };
  add({"--data", options.data, "--run-dir", options.run_directory});
  add({"--profile", options.profile, "--routes", options.routes, "--idle", options.idle});
  add({"--store", options.store});
  if (options.iterations != 0) add({"--iterations", std::to_string(options.iterations)});
  if (options.measure_floor) add({"--measure-floor"});
  if (options.placement == Placement::host) {
    add({"--tcp", options.address, "--edge-keys", edge_keys_file(options)});
  }
  if (!has_edge_processes(options.placement)) {
    add({"--port", std::to_string(options.port)});
    add({"--placement", options.placement == Placement::fused ? "fused" : "inside"});
    if (options.unix_sockets) {
      add({"--listen", "unix", "--tunnel-port", std::to_string(tunnel_port(options, 0))});
    } else {
      add({"--address", options.address});
    }
    if (!options.edge_config.empty()) add({"--edge-config", options.edge_config});
    add_security(arguments, options);
  }
  return arguments;
}

std::vector<std::string> edge_command(const StartOptions& options, const std::string& programs,
                                      unsigned index, unsigned port) {
  std::vector<std::string> arguments{programs + "/trunkline-edge",
                                     "--run-dir",
                                     options.run_directory,
                                     "--rank",
                                     std::to_string(index % options.ranks),
                                     "--name",
                                     edge_name(index),
                                     "--profile",
                                     options.profile};
  const auto add = [&](std::initializer_list<std::string> more) {
    arguments.insert(arguments.end(), more);
  };
  if (options.unix_sockets) {
    add({"--listen", "unix:" + options.run_directory + "/" + edge_name(index) + ".sock"});
    add({"--tunnel-port", std::to_string(tunnel_port(options, index))});
  } else {
    add({"--address", options.address, "--port", std::to_string(port)});
  }
  if (!options.edge_config.empty()) add({"--config", options.edge_config});
  if (options.placement == Placement::host) {
    add({"--tcp", "--curve-key-file", edge_key_file(options, index)});
  }
  add_security(arguments, options);
  return arguments;
}

std::vector<std::string> edge_key_command(const StartOptions& options, const std::string& programs,
                                          unsigned index) {
  return {programs + "/trunkline-edge", "--print-key", edge_key_file(options, index)};
}

std::string edge_key_file(const StartOptions& options, unsigned index) {
  return options.run_directory + "/" + edge_name(index) + ".curve";
}

std::string edge_keys_file(const StartOptions& options) {
  return options.run_directory + "/edge-keys";
}

unsigned port_of(const StartOptions& options, unsigned index, const std::string& url) {
  unsigned port = options.port == 0 ? 0 : options.port + index;
  if (const auto colon = url.rfind(':'); colon != std::string::npos) {
    std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
  }
  return port;
}

std::string tunnel_command(const StartOptions& options, const std::vector<std::string>& urls,
                           const std::string& user_at_host) {
  std::string command = "ssh -N";
  for (unsigned index = 0; index < urls.size(); ++index) {
    const std::string& url = urls[index];
    const auto path = url.find(kUnixUrl);
    if (path != std::string::npos) {
      command += " -L " + std::to_string(tunnel_port(options, index)) + ":" +
                 url.substr(path + kUnixUrl.size());
    } else if (options.address.starts_with("127.") || options.address == "::1") {
      // The same port at the near end: pages of it have an Origin of the edge's own.
      const std::string host = url.substr(url.find("://") + 3);
      command += " -L " + host.substr(host.rfind(':') + 1) + ":" + host;
    } else {
      return {};
    }
  }
  return command + " " + user_at_host;
}

std::string edge_name(unsigned index) {
  return "edge" + std::to_string(index + 1);
}

}  // namespace trunkline::cluster
