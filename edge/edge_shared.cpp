#include "edge/edge_shared.h"

#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>

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

}  // namespace

EdgeShared::EdgeShared(const EdgeConfig& config)
    : lab_(config.lab),
      connections_max_(std::min(config.connections_max, descriptors_for_sockets())),
      connections_per_address_max_(config.connections_per_address_max),
      passwords_(kPasswordThreads, kPasswordsWaitingMax) {
  if (config.certificate.empty() != config.key.empty()) {
    throw std::runtime_error("TLS needs both a certificate and its key");
  }
  if (!config.certificate.empty()) tls_ = make_tls_context(config.certificate, config.key);
}

EdgeShared::Admission EdgeShared::admit(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= connections_max_) return Admission::full;
  std::size_t& of_address = connections_of_[party_of(address)];
  if (!lab_ && !address.is_loopback() && of_address >= connections_per_address_max_) {
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
  if (lab_) return true;
  const std::lock_guard lock(mutex_);
  return throttle_.may_try(party_of(address), user, now_us);
}

void EdgeShared::login_failed(const boost::asio::ip::address& address, wire::BytesView user,
                              std::int64_t now_us) {
  if (lab_) return;
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
