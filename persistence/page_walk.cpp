#include "persistence/page_walk.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "persistence/damage.h"

namespace trunkline::persistence {

using wire::BytesView;

namespace {

using Page = std::uint64_t;

constexpr std::uint32_t kMagic = 0xbeefc0de;
constexpr std::uint32_t kDataVersion = 1;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kMetas = 2;
constexpr std::size_t kDepthMax = 32;  // LMDB's own bound of cursors
constexpr std::size_t kKeyBytesMax = 511;
constexpr Page kNoPage = ~Page{0};
// Kinds of pages, in their flags.
constexpr std::uint16_t kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8;
// Flags of a node of a leaf.
constexpr std::uint16_t kBig = 1, kTable = 2;
// Flags of the list of free pages: its keys are numbers; the file is not in a directory of its own.
constexpr std::uint16_t kFreeFlags = 0x4008;
constexpr std::size_t kNodeBytes = 8;
constexpr std::size_t kCacheLineBytes = 64;

// The file is this host's own, numbers and all.
template <class Number>
Number load(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}

// A table, as a meta page or a node of the main table describes it.
struct Tree {
  static constexpr std::size_t kBytes = 48;
  explicit Tree(const char* at)
      : pad(load<std::uint32_t>(at)),
        flags(load<std::uint16_t>(at + 4)),
        depth(load<std::uint16_t>(at + 6)),
        branches(load<std::uint64_t>(at + 8)),
        leaves(load<std::uint64_t>(at + 16)),
        overflow(load<std::uint64_t>(at + 24)),
        entries(load<std::uint64_t>(at + 32)),
        root(load<Page>(at + 40)) {}
  std::uint32_t pad;
  std::uint16_t flags, depth;
  std::uint64_t branches, leaves, overflow, entries;
  Page root;
};

struct Meta {
  explicit Meta(const char* page)
      : magic(load<std::uint32_t>(page + 16)),
        version(load<std::uint32_t>(page + 20)),
        free(page + 40),
        main(page + 88),
        last(load<Page>(page + 136)),
        txn(load<std::uint64_t>(page + 144)) {}
  static constexpr std::size_t kEnd = 152;
  std::uint32_t magic, version;
  Tree free, main;
  Page last;
  std::uint64_t txn;
};

struct Node {
  std::uint16_t flags = 0;
  BytesView key, value;  // of a leaf
  Page child = 0;        // of a branch
};

// A file in memory, read in the order of its pages.
class Mapped {
 public:
  explicit Mapped(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (file >= 0 && fstat(file, &info) == 0 && info.st_size > 0) {
      size_ = static_cast<std::size_t>(info.st_size);
      at_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
    }
    if (file >= 0) close(file);
    if (at_ == MAP_FAILED) throw std::runtime_error(path + ": cannot be mapped");
  }
  ~Mapped() {
    if (size_ > 0) munmap(at_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  BytesView bytes() const { return {static_cast<const char*>(at_), size_}; }
  // Most of it will be read: from the disk in large pieces, and mapped in one go, which costs less
  // than a fault for each page. A system that cannot do so faults.
  void read_ahead(std::size_t bytes) const {
    for (const int advice : {MADV_WILLNEED, MADV_POPULATE_READ}) {
      madvise(at_, std::min(bytes, size_), advice);
    }
  }

 private:
  void* at_ = nullptr;
  std::size_t size_ = 0;
};

class Walk {
 public:
  Walk(const std::string& path, BytesView file, const Tables& tables)
      : path_(path),
        file_(file),
        meta_(current_meta()),
        seen_(meta_.last + 1),
        bytes_at_(page_bytes_ / 2 + 1),
        tables_(tables),
        next_(tables.begin()) {}

  void run() {
    seen_[0] = seen_[1] = true;
    if (meta_.free.flags != kFreeFlags) refuse(meta_page_, "the list of free pages has odd flags");
    walk_tree(meta_.main, Kind::main, meta_page_);
    if (next_ != tables_.end()) refuse_tables();
    walk_tree(meta_.free, Kind::free, meta_page_);
    // Nothing that is in use is there, and nothing will be written there.
    const auto lost = std::count(seen_.begin(), seen_.end(), false);
    if (lost != 0) {
      report_damage(path_, "the list of free pages, which lacks " + std::to_string(lost) + ",");
    }
  }
  std::size_t used_bytes() const { return (meta_.last + 1) * page_bytes_; }

 private:
  // What a tree holds: all tables, free pages (its keys are numbers of this host), or entries.
  enum class Kind { main, free, table };
  struct Walked {
    const Tree& tree;
    Kind kind;
    const VisitEntry* visit;  // of a table
    std::uint64_t branches = 0, leaves = 0, overflow = 0, entries = 0;
  };
  // Keys of a page: from `low` on and before `high`; absent: no bound.
  struct Bounds {
    std::optional<BytesView> low, high;
  };

  [[noreturn]] void refuse(Page page, const std::string& why) const {
    refuse_damaged(path_, "page " + std::to_string(page) + " (" + why + ")");
  }
  [[noreturn]] void refuse_tables() const {
    refuse(meta_page_, "its tables are not those that were made");
  }
  const char* at(Page page) const { return file_.data() + page * page_bytes_; }

  // Both pages are from one life of the file: they take turns, so their transactions follow each
  // other. A changed number would bring back what was before the last commit.
  Meta current_meta() {
    if (file_.size() < kMetas * kHeaderBytes + kMetas * Meta::kEnd)
      refuse(0, "the file ends in it");
    page_bytes_ = Meta(file_.data()).free.pad;
    const bool sound = page_bytes_ >= 512 && page_bytes_ <= 65'536 &&
                       (page_bytes_ & (page_bytes_ - 1)) == 0 &&
                       file_.size() >= kMetas * page_bytes_;
    if (!sound) refuse(0, "it is not one of LMDB's");
    const Meta metas[] = {Meta(at(0)), Meta(at(1))};
    for (Page page = 0; page < kMetas; ++page) {
      const Meta& meta = metas[page];
      if (number_of(page) != page || flags_of(page) != kMeta || meta.magic != kMagic ||
          meta.version != kDataVersion || meta.free.pad != page_bytes_) {
        refuse(page, "it is not one of LMDB's");
      }
    }
    const bool made = metas[0].txn == 0 && metas[1].txn == 0;
    const std::uint64_t newer = std::max(metas[0].txn, metas[1].txn);
    if (!made && (metas[0].txn % 2 != 0 || metas[0].txn + metas[1].txn != 2 * newer - 1)) {
      refuse(0, "it and page 1 are not of one time");
    }
    meta_page_ = metas[0].txn < metas[1].txn ? 1 : 0;
    const Meta& meta = metas[meta_page_];
    if (meta.last < kMetas - 1 || meta.last >= file_.size() / page_bytes_) {
      refuse(meta_page_, "the file ends before its last page");
    }
    return meta;
  }

  Page number_of(Page page) const { return load<Page>(at(page)); }
  std::uint16_t flags_of(Page page) const { return load<std::uint16_t>(at(page) + 10); }

  // A page that is to be of this kind, and has not been reached by another way.
  void claim(Page page, Page parent) {
    if (page < kMetas || page > meta_.last) refuse(parent, "it points out of the file");
    if (seen_[page]) refuse(parent, "it points to page " + std::to_string(page) + ", as another");
    seen_[page] = true;
  }

  void walk_tree(const Tree& tree, Kind kind, Page parent, const VisitEntry* visit = nullptr) {
    if (kind != Kind::free && (tree.flags != 0 || tree.pad != 0)) {
      refuse(parent, "a table has odd flags");
    }
    Walked walked{tree, kind, visit};
    if (tree.root != kNoPage) {
      if (tree.depth == 0 || tree.depth > kDepthMax) refuse(parent, "a table is too deep");
      walk_page(walked, tree.root, parent, 1, {});
    } else if (tree.depth != 0) {
      refuse(parent, "a table has no root");
    }
    if (walked.branches != tree.branches || walked.leaves != tree.leaves ||
        walked.overflow != tree.overflow || walked.entries != tree.entries) {
      refuse(parent, "a table does not hold what it says");
    }
  }

  void walk_page(Walked& walked, Page page, Page parent, unsigned depth, const Bounds& bounds) {
    claim(page, parent);
    const bool leaf = depth == walked.tree.depth;
    if (number_of(page) != page || flags_of(page) != (leaf ? kLeaf : kBranch)) {
      refuse(page, "it is not what " + std::to_string(parent) + " points to");
    }
    ++(leaf ? walked.leaves : walked.branches);
    const std::size_t count = check_page(walked, page, leaf, bounds);
    for (std::size_t index = 0; index < count; ++index) {
      const Node node = node_at(page, index, leaf);
      if (leaf) {
        take(walked, page, node);
      } else {
        Bounds inner = bounds;
        if (index > 0) inner.low = node.key;
        if (index + 1 < count) {
          const Node next = node_at(page, index + 1, leaf);
          inner.high = next.key;
          fetch(next.child);
        }
        walk_page(walked, node.child, page, depth + 1, inner);
      }
    }
    if (leaf) walked.entries += count;
  }

  // While the page before it is looked at, its bytes come from memory. They follow no pattern that
  // the processor could guess: a quarter of the time would be waiting for them.
  void fetch(Page page) const {
    if (page > meta_.last) return;
    for (std::size_t place = 0; place < page_bytes_; place += kCacheLineBytes) {
      __builtin_prefetch(at(page) + place);
    }
  }

  // Nodes fill a page from its end, each at an even place, without gaps; their keys are in order
  // and within bounds. How many there are.
  std::size_t check_page(const Walked& walked, Page page, bool leaf, const Bounds& bounds) {
    const std::size_t lower = load<std::uint16_t>(at(page) + 12);
    const std::size_t upper = load<std::uint16_t>(at(page) + 14);
    if (lower < kHeaderBytes || lower % 2 != 0 || upper < lower || upper > page_bytes_ ||
        upper % 2 != 0) {
      refuse(page, "its bounds are wrong");
    }
    const std::size_t count = (lower - kHeaderBytes) / 2;
    if (count < (leaf || walked.kind == Kind::free ? 1u : 2u)) refuse(page, "it is too empty");
    // The first key of a branch stands for the lowest there can be, whatever it says.
    const std::size_t first = leaf ? 0 : 1;
    BytesView last;
    for (std::size_t index = 0; index < count; ++index) {
      const std::size_t begin = offset_of(page, index);
      if (begin < upper || begin % 2 != 0 || begin + kNodeBytes > page_bytes_) {
        refuse(page, "a node is out of it");
      }
      const std::size_t bytes = node_bytes(at(page) + begin, leaf);
      if (bytes > page_bytes_ - begin) refuse(page, "its nodes do not fit together");
      bytes_at_[begin / 2] = static_cast<std::uint16_t>(bytes);
      if (index < first) continue;
      const BytesView key = node_at(page, index, leaf).key;
      if (!is_key_size(walked, key.size())) refuse(page, "a key is of no such size");
      // Between its first and its last key all are within bounds if they are in order.
      const bool in_order =
          (index == first ? !bounds.low || !is_before(walked, key, *bounds.low)
                          : is_before(walked, last, key)) &&
          (index + 1 < count || !bounds.high || is_before(walked, key, *bounds.high));
      if (!in_order) refuse(page, "its keys are out of order");
      last = key;
    }
    check_gapless(page, upper, count);
    return count;
  }

  // From one node to the next there are as many steps as nodes, so each is met once. All of
  // `bytes_at_` is 0 afterwards.
  void check_gapless(Page page, std::size_t upper, std::size_t count) {
    std::size_t place = upper;
    for (; count > 0; --count) {
      const std::size_t bytes = std::exchange(bytes_at_[place / 2], std::uint16_t{0});
      if (bytes == 0) refuse(page, "its nodes do not fit together");
      place += bytes;
    }
    if (place != page_bytes_) refuse(page, "its nodes do not fit together");
  }

  static bool is_key_size(const Walked& walked, std::size_t bytes) {
    return walked.kind == Kind::free ? bytes == sizeof(Page) : bytes > 0 && bytes <= kKeyBytesMax;
  }
  static bool is_before(const Walked& walked, BytesView a, BytesView b) {
    if (walked.kind != Kind::free) return a < b;
    return load<std::uint64_t>(a.data()) < load<std::uint64_t>(b.data());
  }

  std::size_t offset_of(Page page, std::size_t index) const {
    return load<std::uint16_t>(at(page) + kHeaderBytes + 2 * index);
  }

  static std::size_t value_bytes(const char* node) {
    return load<std::uint16_t>(node) | std::size_t{load<std::uint16_t>(node + 2)} << 16;
  }
  static std::size_t node_bytes(const char* node, bool leaf) {
    const auto flags = load<std::uint16_t>(node + 4);
    std::size_t bytes = kNodeBytes + load<std::uint16_t>(node + 6);
    if (leaf) bytes += (flags & kBig) != 0 ? sizeof(Page) : value_bytes(node);
    return bytes + bytes % 2;
  }

  // REQUIRES: that node of the page has been found within it.
  Node node_at(Page page, std::size_t index, bool leaf) const {
    const char* at_node = at(page) + offset_of(page, index);
    Node node;
    node.flags = load<std::uint16_t>(at_node + 4);
    node.key = {at_node + kNodeBytes, load<std::uint16_t>(at_node + 6)};
    if (leaf) {
      node.value = {node.key.data() + node.key.size(), value_bytes(at_node)};
    } else {
      node.child = value_bytes(at_node) | Page{node.flags} << 32;
    }
    return node;
  }

  void take(Walked& walked, Page page, const Node& node) {
    if ((node.flags & ~kBig) != (walked.kind == Kind::main ? kTable : 0)) {
      refuse(page, "a node has odd flags");
    }
    const BytesView value =
        (node.flags & kBig) != 0 ? big_value(walked, page, node.value) : node.value;
    switch (walked.kind) {
      case Kind::main:
        return take_table(page, node.key, value);
      case Kind::free:
        return take_free(page, node.key, value);
      case Kind::table:
        if (*walked.visit) (*walked.visit)(node.key, value);
    }
  }

  void take_table(Page page, BytesView name, BytesView value) {
    if (value.size() != Tree::kBytes) refuse(page, "it describes no table");
    if (next_ == tables_.end() || name != next_->first) refuse_tables();
    walk_tree(Tree(value.data()), Kind::table, page, &next_++->second);
  }

  BytesView big_value(Walked& walked, Page page, BytesView value) {
    const auto first = load<Page>(value.data());
    claim(first, page);
    const std::size_t pages = load<std::uint32_t>(at(first) + 12);
    if (number_of(first) != first || flags_of(first) != kOverflow || pages == 0 ||
        first + pages - 1 > meta_.last || kHeaderBytes + value.size() > pages * page_bytes_) {
      refuse(first, "it is not what " + std::to_string(page) + " points to");
    }
    for (Page more = first + 1; more < first + pages; ++more) claim(more, page);
    walked.overflow += pages;
    return {at(first) + kHeaderBytes, value.size()};
  }

  // A count, and so many pages, from the highest down.
  void take_free(Page page, BytesView key, BytesView list) {
    const auto number = [&list](std::size_t index) {
      return load<std::uint64_t>(list.data() + index * sizeof(std::uint64_t));
    };
    const bool sound = list.size() >= sizeof(std::uint64_t) &&
                       number(0) <= list.size() / sizeof(std::uint64_t) - 1 &&
                       load<std::uint64_t>(key.data()) <= meta_.txn;
    if (!sound) refuse(page, "the list of free pages is wrong");
    for (std::size_t index = 1; index <= number(0); ++index) {
      if (index > 1 && number(index) >= number(index - 1)) {
        refuse(page, "the list of free pages is out of order");
      }
      claim(number(index), page);
    }
  }

  const std::string& path_;
  const BytesView file_;
  std::size_t page_bytes_ = 0;
  Page meta_page_ = 0;
  const Meta meta_;
  std::vector<bool> seen_;
  std::vector<std::uint16_t> bytes_at_;  // of the node at each even place of the page in hand
  const Tables& tables_;
  Tables::const_iterator next_;
};

}  // namespace

void walk_pages(const std::string& path, const Tables& tables) {
  const Mapped file(path);
  if (file.bytes().empty()) return;
  Walk walk(path, file.bytes(), tables);
  file.read_ahead(walk.used_bytes());
  walk.run();
}

}  // namespace trunkline::persistence
