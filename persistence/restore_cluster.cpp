#include "persistence/restore_cluster.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "persistence/data_directory.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

namespace fs = std::filesystem;

constexpr const char* kMaking = "restoring";
// More jobs than a cluster can have had since its last dump.
constexpr wire::Epoch kEpochLeap = 1 << 16;

// Three files, their locks and more for each rank.
void allow_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// False: it was there.
bool make_data(const std::string& data) {
  check_may_restore_to(data);
  const bool is_new = !fs::exists(data);
  make_directories(data);
  make_directories(data + "/" + kMaking);
  return is_new;
}

// What an earlier restore that was killed has left.
void clear(const std::string& making) {
  for (const fs::directory_entry& entry : fs::directory_iterator(making)) {
    if (entry.path().filename() != kDataLock) fs::remove_all(entry.path());
  }
}

}  // namespace

void check_may_restore_to(const std::string& data) {
  std::error_code none;
  const fs::file_status status = fs::status(data, none);
  if (!fs::exists(status)) {
    fs::path above = fs::absolute(data);
    while (!fs::exists(above, none)) above = above.parent_path();
    storage_of(file_system_type(above), data);
    return;
  }
  if (!fs::is_directory(status)) refuse_path(data, "is not a directory; give another one (--data)");
  storage_of(file_system_type(data), data);
  for (const fs::directory_entry& entry : fs::directory_iterator(data)) {
    const std::string name = entry.path().filename();
    if (name == kMaking || name == "lost+found") continue;
    refuse_path(data, "holds " + name +
                          ", and a dump is restored into an empty directory only; "
                          "give another one (--data), or move that away");
  }
}

RestoreCluster::RestoreCluster(RestoreOptions options)
    : options_(std::move(options)), made_data_(make_data(options_.data)) {
  const std::string making = options_.data + "/" + kMaking;
  lock_.emplace(making, kDataLock, ", or give another directory (--data)");
  clear(making);
  allow_open_files();
}

RestoreCluster::~RestoreCluster() {
  ranks_.clear();
  std::error_code ignored;
  for (; !finished_ && placed_ > 0; --placed_) {
    fs::remove_all(place(slots_.ranks() - placed_), ignored);
  }
  fs::remove_all(options_.data + "/" + kMaking, ignored);
  if (!finished_ && made_data_) fs::remove(options_.data, ignored);
}

std::string RestoreCluster::making(std::size_t rank) const {
  return options_.data + "/" + kMaking + "/rank-" + std::to_string(rank);
}

std::string RestoreCluster::place(std::size_t rank) const {
  return options_.data + "/rank-" + std::to_string(rank);
}

void RestoreCluster::take(const DumpItem& item) {
  if (const auto* message = std::get_if<DumpMessage>(&item)) {
    home(owner_).put_message(*message);
    ++meta_.records;
    meta_.bytes += message->record.size();
  } else if (const auto* mailbox = std::get_if<DumpMailbox>(&item)) {
    end_mailbox();
    owner_ = mailbox->owner;
    meta_ = mailbox->meta;
  } else if (const auto* cursor = std::get_if<DumpCursor>(&item)) {
    meta_.cursors.push_back({Bytes(cursor->device), cursor->mseq, cursor->seen_ms});
  } else if (const auto* remembered = std::get_if<DumpRemembered>(&item)) {
    home(owner_).put_remembered(owner_, *remembered);
  } else if (const auto* account = std::get_if<DumpAccount>(&item)) {
    put_account(account->decoded);
  } else {
    begin(std::get<DumpHeader>(item));
  }
}

void RestoreCluster::begin(DumpHeader header) {
  const std::size_t count = options_.ranks == 0 ? header.ranks : options_.ranks;
  if (count > wire::kRanksMax) throw std::runtime_error("a cluster has 1 to 4096 ranks");
  slots_ = wire::SlotMap::fresh(count, 0);
  if (options_.rewound) header.epoch += kEpochLeap;
  creation_ = static_cast<std::uint64_t>(options_.wall_ms) * 1000;
  for (std::size_t rank = 0; rank < count; ++rank) {
    ranks_.push_back(std::make_unique<RestoreRank>(making(rank), static_cast<wire::RankId>(rank),
                                                   slots_, header));
  }
}

void RestoreCluster::put_account(wire::Account account) {
  const Bytes creation = std::to_string(creation_++);
  if (options_.rewound) account.mailbox = creation;
  home(account.user).put_account(account);
}

void RestoreCluster::end_mailbox() {
  if (!owner_.empty()) home(owner_).put_mailbox(owner_, meta_);
}

void RestoreCluster::finish() {
  end_mailbox();
  for (const auto& rank : ranks_) rank->finish();
  ranks_.clear();
  sync_directory(options_.data + "/" + kMaking);
  // Rank 0 last: a cluster that is started on a part of the ranks finds another pepper at rank 0.
  for (std::size_t rank = slots_.ranks(); rank-- > 0;) {
    if (std::rename(making(rank).c_str(), place(rank).c_str()) != 0) {
      refuse_path(place(rank), why_not(errno, "cannot move it in place"));
    }
    ++placed_;
    if (rank <= 1) sync_directory(options_.data);
  }
  finished_ = true;
}

}  // namespace trunkline::persistence
