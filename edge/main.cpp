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

#include "edge/options.h"
#include "wire/hardening.h"
#include "wire/stamp_clock.h"

namespace trunkline::edge {
namespace {

namespace asio = boost::asio;

constexpr int kExitCannotStart = 1, kExitUsage = 2;

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
    asio::signal_set ending(*loops_.front().io, SIGINT, SIGTERM);
    ending.async_wait([this](boost::system::error_code error, int) {
      if (!error) stop();
    });
    asio::signal_set reloading(*loops_.front().io, SIGHUP);
    reload_at(reloading);
    std::printf("edge %s listens on %s\n", config_.name.c_str(),
                listening_url(config_, config_.address).c_str());
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
  void reload_at(asio::signal_set& signals) {
    signals.async_wait([this, &signals](boost::system::error_code error, int) {
      if (error) return;
      loops_.front().edge->reload();
      reload_at(signals);
    });
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
  EdgeOptions options;
  try {
    options = parse_options(app, std::vector<std::string>(argv + 1, argv + argc));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  const std::string level = options.config.log_level.empty() ? "warn" : options.config.log_level;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("edge"));
  spdlog::set_level(spdlog::level::from_str(level));
  harden();
  if (!options.shift_stamps.empty()) {
    wire::shift_stamp_clock(wire::parse_stamp_shift(options.shift_stamps));
  }
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
