// trunkline-edge: an edge in a process of its own, beside a rank or on a gateway host.
#include <fcntl.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>
#include <zmq.hpp>

#include "edge/edge.h"
#include "wire/hardening.h"

namespace trunkline::edge {
namespace {

namespace asio = boost::asio;

constexpr int kExitCannotStart = 1, kExitUsage = 2;

struct Options {
  EdgeConfig config;
  unsigned threads = 1;
  std::string print_key;
  bool plain = false;
  std::string profile = "chat", curve_key_file, log_level = "warn";
};

void add_listener_options(CLI::App& app, Options& options) {
  EdgeConfig& config = options.config;
  app.add_option("--name", config.name, "told to clients")->capture_default_str();
  app.add_option("--address", config.address, "to listen on")->capture_default_str();
  app.add_option("--port", config.port, "to listen on; 0: a free one")->capture_default_str();
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
  app.add_option("--profile", options.profile,
                 "chat (limits on) or lab (no rates, throttles or limits per address)")
      ->check(CLI::IsMember({"chat", "lab"}))
      ->capture_default_str();
  app.add_option("--connections", config.connections_max, "at most, in all")->capture_default_str();
  app.add_option("--connections-per-address", config.connections_per_address_max,
                 "at most, of one address that is not loopback")
      ->capture_default_str();
  app.add_flag("--echo", config.echo,
               "for conformance suites of WebSocket: gives back what it is sent, on loopback; no "
               "rank, no login");
  app.add_option("--log-level", options.log_level)
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
}

void add_rank_options(CLI::App& app, Options& options) {
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
std::string contradiction(const Options& options) {
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
  const bool curve = config.over_tcp || !config.curve_server.empty();
  if (curve != !options.curve_key_file.empty()) {
    return "--curve-key-file is for --tcp or --server-key, and they need it";
  }
  return {};
}

void make_key_file(const std::string& path) {
  char public_key[41], secret_key[41];
  if (zmq_curve_keypair(public_key, secret_key) != 0) {
    throw std::runtime_error("this libzmq has no CURVE");
  }
  const std::string text = std::string(public_key) + "\n" + secret_key + "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool whole =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  if (!whole) throw std::runtime_error("cannot write " + path);
}

void read_key_file(EdgeConfig& config, const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) make_key_file(path);
  std::ifstream file(path);
  if (!(file >> config.curve_public >> config.curve_secret)) {
    throw std::runtime_error("cannot read a key pair from " + path +
                             " (public and secret, a line each)");
  }
  spdlog::info("edge-key {}: trunkline admin edge allow KEY admits it", config.curve_public);
}

// And as many descriptors as it may have.
void harden() {
  wire::harden_process();
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

std::string url_of(const EdgeConfig& config) {
  const bool v6 = config.address.find(':') != std::string::npos;
  return (config.certificate.empty() ? "ws://" : "wss://") +
         (v6 ? "[" + config.address + "]" : config.address) + ":" + std::to_string(config.port);
}

// The event loops of the process, the first of them on the main thread.
class Threads {
 public:
  Threads(EdgeConfig config, unsigned threads) : config_(std::move(config)) {
    const auto shared = make_edge_shared(config_);
    for (unsigned thread = 0; thread < threads; ++thread) {
      One& one = loops_.emplace_back();
      one.io = std::make_unique<asio::io_context>(1);
      one.edge = std::make_unique<EdgeLoop>(*one.io, zmq_, config_, thread, shared);
      config_.port = one.edge->start();  // the others share the port that the first has found
    }
  }

  void run() {
    asio::signal_set signals(*loops_.front().io, SIGINT, SIGTERM);
    signals.async_wait([this](boost::system::error_code error, int) {
      if (!error) stop();
    });
    std::printf("edge %s listens on %s\n", config_.name.c_str(), url_of(config_).c_str());
    std::fflush(stdout);
    for (std::size_t at = 1; at < loops_.size(); ++at) {
      loops_[at].thread = std::thread([&one = loops_[at]] { serve(one); });
    }
    serve(loops_.front());
    for (One& one : loops_) {
      if (one.thread.joinable()) one.thread.join();
    }
  }

 private:
  struct One {
    std::unique_ptr<asio::io_context> io;
    std::unique_ptr<EdgeLoop> edge;
    std::thread thread;
  };
  static void serve(One& one) {
    const auto until_stopped = asio::make_work_guard(*one.io);
    one.io->run();
  }
  void stop() {
    for (One& one : loops_) {
      asio::post(*one.io, [&one] { one.edge->stop([&one] { one.io->stop(); }); });
    }
  }

  EdgeConfig config_;
  zmq::context_t zmq_{1};
  std::vector<One> loops_;
};

int run(int argc, char** argv) {
  CLI::App app("An edge of a Trunkline cluster: clients connect to it by WebSocket.");
  Options options;
  add_rank_options(app, options);
  add_listener_options(app, options);
  try {
    app.parse(argc, argv);
    if (const std::string wrong = contradiction(options); !wrong.empty()) {
      throw CLI::ValidationError("trunkline-edge", wrong);
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_mt("edge"));
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  options.config.lab = options.profile == "lab";
  harden();
  if (!options.print_key.empty()) {
    read_key_file(options.config, options.print_key);
    std::printf("%s\n", options.config.curve_public.c_str());
    return 0;
  }
  if (!options.curve_key_file.empty()) read_key_file(options.config, options.curve_key_file);
  Threads(std::move(options.config), options.threads).run();
  return 0;
}

}  // namespace
}  // namespace trunkline::edge

int main(int argc, char** argv) {
  try {
    return trunkline::edge::run(argc, argv);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "trunkline-edge: %s\n", problem.what());
    return trunkline::edge::kExitCannotStart;
  }
}
