#include "edge/edge_shared.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "edge/log.h"
#include "edge/loop.h"

namespace trunkline::edge {
namespace {

constexpr std::size_t kPasswordThreads = 2;
constexpr std::size_t kPasswordsWaitingMax = 64;  // about 4 s of work for two threads

// One party: an IPv4 address, or the /64 that an IPv6 host commonly has to itself.
std::string party_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(bytes).to_string();
}

// Descriptors for sockets: 90 % of what the process may open; the rest is for files, pipes and
// whoever else lives in this process.
std::size_t descriptors_for_sockets() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1'000'000;
  return static_cast<std::size_t>(limit.rlim_cur) * 9 / 10;
}

std::shared_ptr<const EdgeSettings> make_settings(const EdgeConfig& config) {
  if (config.certificate.empty() != config.key.empty()) {
    throw std::runtime_error("TLS needs both a certificate and its key");
  }
  auto settings = std::make_shared<EdgeSettings>();
  if (!config.certificate.empty()) {
    settings->tls = make_tls_context(config.certificate, config.key);
    settings->certificate_expires_s = certificate_expires_s(*settings->tls);
  }
  settings->origins = config.origins;
  settings->connections_max = std::min(config.connections_max, descriptors_for_sockets());
  settings->connections_per_address_max = config.connections_per_address_max;
  if (!config.lab) {
    settings->rates = config.rates;
  } else {
    settings->rates = {0, 0, 0};
  }
  return settings;
}

// What was changed in the file, and needs more than a reload.
std::string needs_restart(const EdgeConfig& now, const EdgeConfig& then) {
  std::string names;
  const auto look = [&names](const char* name, bool same) {
    if (!same) names.append(names.empty() ? "" : ", ").append(name);
  };
  look("name", now.name == then.name);
  look("address", now.address == then.address);
  look("port", now.port == then.port);
  look("listen", now.socket_path == then.socket_path);
  look("tunnel-port", now.tunnel_port == then.tunnel_port);
  look("public-url", now.public_url == then.public_url);
  look("profile", now.lab == then.lab);
  look("live-page", now.live_page == then.live_page);
  look("rank", now.rank == then.rank);
  return names.empty() ? "" : "; only a restart takes " + names;
}

}  // namespace

EdgeShared::EdgeShared(const EdgeConfig& config)
    : config_(config),
      live_(config.name),
      settings_(make_settings(config)),
      passwords_(kPasswordThreads, kPasswordsWaitingMax) {}

std::shared_ptr<const EdgeSettings> EdgeShared::settings() {
  const std::lock_guard lock(mutex_);
  return settings_;
}

std::string EdgeShared::reload() {
  const EdgeConfig fresh = config_.read_again ? config_.read_again() : config_;
  if (fresh.certificate.empty() != config_.certificate.empty()) {
    throw std::runtime_error("TLS is switched on or off by a restart, not by a reload");
  }
  const auto settings = make_settings(fresh);
  set_log_level(fresh.log_level);
  {
    const std::lock_guard lock(mutex_);
    settings_ = settings;
  }
  on_every_loop([](Loop& loop) { loop.take_settings(); });
  return "certificate, origins, limits and log level as they stand now" +
         needs_restart(config_, fresh);
}

void EdgeShared::join(boost::asio::io_context& io, std::weak_ptr<Loop> loop) {
  const std::lock_guard lock(mutex_);
  loops_.emplace_back(&io, std::move(loop));
}

std::size_t EdgeShared::loops() {
  const std::lock_guard lock(mutex_);
  return loops_.size();
}

void EdgeShared::on_every_loop(std::function<void(Loop&)> act) {
  const std::lock_guard lock(mutex_);
  for (const auto& [io, weak] : loops_) {
    const auto alive = weak.lock();  // and with it its io_context
    if (alive == nullptr) continue;
    boost::asio::post(*io, [weak = weak, act] {
      if (const auto loop = weak.lock()) act(*loop);
    });
  }
}

EdgeShared::Admission EdgeShared::admit(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= settings_->connections_max) return Admission::full;
  std::size_t& of_address = connections_of_[party_of(address)];
  if (!config_.lab && !address.is_loopback() &&
      of_address >= settings_->connections_per_address_max) {
    return Admission::too_many_of_address;
  }
  ++connections_;
  ++of_address;
  return Admission::admitted;
}

void EdgeShared::left(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  --connections_;
  const auto found = connections_of_.find(party_of(address));
  if (--found->second == 0) connections_of_.erase(found);
}

bool EdgeShared::may_try(const boost::asio::ip::address& address, wire::BytesView user,
                         std::int64_t now_us) {
  if (config_.lab) return true;
  const std::lock_guard lock(mutex_);
  return throttle_.may_try(party_of(address), user, now_us);
}

void EdgeShared::login_failed(const boost::asio::ip::address& address, wire::BytesView user,
                              std::int64_t now_us) {
  if (config_.lab) return;
  const std::lock_guard lock(mutex_);
  throttle_.failed(party_of(address), user, !address.is_loopback(), now_us);
}

void EdgeShared::publish(std::uint32_t thread, const ThreadCounters& counters) {
  const std::lock_guard lock(mutex_);
  counters_[thread] = counters;
}

std::map<std::uint32_t, ThreadCounters> EdgeShared::published() {
  const std::lock_guard lock(mutex_);
  return counters_;
}

std::shared_ptr<EdgeShared> make_edge_shared(const EdgeConfig& config) {
  return std::make_shared<EdgeShared>(config);
}

}  // namespace trunkline::edge
