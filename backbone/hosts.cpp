#include "backbone/hosts.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace trunkline::backbone {

RankHost this_host() {
  RankHost host;
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  host.host = name;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> host.boot;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) CPU_SET(0, &allowed);
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    host.cores.resize(core, '0');
    host.cores.push_back('1');
  }
  host.quota = cgroup_quota();
  return host;
}

wire::Bytes to_text(const RankHost& host) {
  std::ostringstream text;
  text << host.host << '\n' << host.boot << '\n' << host.cores << '\n' << host.quota << '\n';
  return text.str();
}

RankHost rank_host_of(wire::BytesView text) {
  std::istringstream in{std::string(text)};
  RankHost host;
  std::getline(in, host.host);
  std::getline(in, host.boot);
  std::getline(in, host.cores);
  in >> host.quota;
  return host;
}

Hosts::Hosts(std::vector<RankHost> ranks, wire::RankId self)
    : ranks_(std::move(ranks)), self_(self) {}

bool Hosts::same(const RankHost& a, const RankHost& b) const {
  return a.host == b.host && a.boot == b.boot;
}

std::size_t Hosts::ranks_here() const {
  return static_cast<std::size_t>(
      std::count_if(ranks_.begin(), ranks_.end(),
                    [this](const RankHost& rank) { return same(rank, ranks_[self_]); }));
}

std::size_t Hosts::hosts() const {
  std::size_t count = 0;
  for (auto rank = ranks_.begin(); rank != ranks_.end(); ++rank) {
    const bool met = std::any_of(ranks_.begin(), rank,
                                 [&](const RankHost& other) { return same(other, *rank); });
    if (!met) ++count;
  }
  return count;
}

bool Hosts::is_same(wire::RankId rank) const {
  return same(ranks_[rank], ranks_[self_]);
}

bool Hosts::is_first_here() const {
  return std::none_of(ranks_.begin(), ranks_.begin() + self_,
                      [this](const RankHost& rank) { return same(rank, ranks_[self_]); });
}

double Hosts::cores_here() const {
  std::string cores;
  double quota = 0;
  for (const RankHost& rank : ranks_) {
    if (!same(rank, ranks_[self_])) continue;
    if (rank.cores.size() > cores.size()) cores.resize(rank.cores.size(), '0');
    for (std::size_t core = 0; core < rank.cores.size(); ++core) {
      if (rank.cores[core] == '1') cores[core] = '1';
    }
    quota = std::max(quota, rank.quota);
  }
  const auto count = static_cast<double>(std::count(cores.begin(), cores.end(), '1'));
  return quota > 0 ? std::min(count, quota) : count;
}

}  // namespace trunkline::backbone
