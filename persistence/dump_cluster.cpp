#include "persistence/dump_cluster.h"

#include <algorithm>
#include <filesystem>

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

// Of the supervisor, which starts ranks again whenever they end (cluster/succession).
constexpr const char* kSupervisorLock = "supervisor.lock";

// Null: no supervisor has been here.
std::unique_ptr<DirectoryLock> lock_supervisor(const std::string& data) {
  if (!std::filesystem::exists(data + "/" + kSupervisorLock)) return nullptr;
  return std::make_unique<DirectoryLock>(data, kSupervisorLock, "");
}

std::string rank_directory(const std::string& data, std::size_t rank) {
  return data + "/rank-" + std::to_string(rank);
}

wire::SlotMap slots_of(const std::string& data) {
  if (!std::filesystem::exists(rank_directory(data, 0) + "/data/state.mdb")) {
    refuse_path(data,
                "holds no data of rank 0 (rank-0/data); give the data directory of a "
                "cluster (--data)");
  }
  const std::uint32_t ranks = ranks_of_data(rank_directory(data, 0));
  for (std::size_t rank = 1; rank < ranks; ++rank) {
    if (std::filesystem::exists(rank_directory(data, rank) + "/data")) continue;
    refuse_path(data, "is of " + std::to_string(ranks) + " ranks, and rank-" +
                          std::to_string(rank) +
                          " is not there; bring the rank directories of all hosts together");
  }
  return wire::SlotMap::fresh(ranks, 0);
}

// Gives the names that `next` takes from each rank, all in one order. `next` may give none.
void merge(std::size_t ranks, const std::function<std::optional<Bytes>(std::size_t rank)>& next,
           const std::function<void(std::size_t rank, BytesView key)>& visit) {
  std::map<Bytes, std::size_t> heads;
  const auto advance = [&](std::size_t rank) {
    std::optional<Bytes> key = next(rank);
    if (!key) return;
    const auto [at, is_new] = heads.emplace(std::move(*key), rank);
    if (is_new) return;
    throw std::runtime_error(at->first + " lies at rank " + std::to_string(at->second) +
                             " and at rank " + std::to_string(rank) +
                             ": these directories are not of one cluster");
  };
  for (std::size_t rank = 0; rank < ranks; ++rank) advance(rank);
  while (!heads.empty()) {
    const auto first = heads.extract(heads.begin());
    visit(first.mapped(), first.key());
    advance(first.mapped());
  }
}

}  // namespace

DumpCluster::DumpCluster(const std::string& data)
    : supervisor_(lock_supervisor(data)), slots_(slots_of(data)) {
  std::optional<std::array<unsigned char, 32>> pepper;
  for (std::size_t rank = 0; rank < slots_.ranks(); ++rank) {
    ranks_.push_back(std::make_unique<DumpRank>(rank_directory(data, rank),
                                                static_cast<wire::RankId>(rank), slots_, pepper));
    pepper = ranks_[0]->identity().pepper;
  }
  drain_copies();
}

void DumpCluster::drain_copies() {
  for (const auto& source : ranks_) {
    for (std::size_t target = 0; target < ranks_.size(); ++target) {
      DumpRank& home = *ranks_[target];
      if (&home == source.get()) continue;
      const wire::Lsn there = home.position_of(source->identity().log);
      source->pending_copies(static_cast<wire::RankId>(target), there, [&](PendingCopy copy) {
        Bytes sender(checked_message(copy.record).message.from);
        home.add_copy(std::move(sender), std::move(copy));
      });
    }
  }
}

DumpHeader DumpCluster::header(std::int64_t wall_ms) const {
  DumpHeader header;
  header.made_ms = wall_ms;
  header.ranks = static_cast<std::uint32_t>(ranks_.size());
  for (const auto& rank : ranks_) header.epoch = std::max(header.epoch, rank->epoch());
  header.pepper = ranks_[0]->identity().pepper;
  return header;
}

std::uint64_t DumpCluster::messages() const {
  std::uint64_t sum = copies();
  for (const auto& rank : ranks_) sum += rank->messages();
  return sum;
}

std::uint64_t DumpCluster::copies() const {
  std::uint64_t sum = 0;
  for (const auto& rank : ranks_) sum += rank->copies();
  return sum;
}

DumpLosses DumpCluster::write(DumpWriter& writer, const std::function<void()>& on_way) {
  DumpLosses losses;
  merge(
      ranks_.size(), [&](std::size_t rank) { return ranks_[rank]->next_account(); },
      [&](std::size_t rank, BytesView user) {
        ranks_[rank]->write_account(user, writer, losses);
        on_way();
      });
  merge(
      ranks_.size(), [&](std::size_t rank) { return ranks_[rank]->next_mailbox(); },
      [&](std::size_t rank, BytesView key) {
        ranks_[rank]->write_mailbox(key.substr(1), writer, losses);
        on_way();
      });
  return losses;
}

}  // namespace trunkline::persistence
