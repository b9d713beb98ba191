// The pages of an LMDB file, looked at before LMDB uses them. LMDB 0.9 has no checksums and trusts
// what a page says of itself: one changed bit can end the reader, hide whole subtrees, or have a
// page that is in use written over. This walk trusts nothing: every page that can be reached is
// read once, and must be what its place in the tree demands (number, kind, bounds of every node,
// order of keys within their parent's, counts that the roots give), and no page may be reached
// twice, or be in use and free. What passes, LMDB reads without harm; values carry checksums of
// their own. A page that is neither in use nor free is room lost, no more, and is reported.
//
// The format is that of LMDB 0.9 (MDB_DATA_VERSION 1) on a 64-bit little-endian host.
// Threads: whoever has the lock of the directory, before it opens the file.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "wire/bytes.h"

namespace trunkline::persistence {

// Called for every entry of a table, in the order of keys; the views live until the walk ends.
using VisitEntry = std::function<void(wire::BytesView key, wire::BytesView value)>;

// The tables that a file must hold, and no others; they are walked in the order of their names.
// Whoever needs no entries leaves the visit empty.
using Tables = std::map<std::string, VisitEntry, std::less<>>;

// A file that is absent or empty passes: LMDB makes it, and whoever opens it sees that it is not
// the one expected. Throws std::runtime_error that names the page and what to do.
void walk_pages(const std::string& path, const Tables& tables);

}  // namespace trunkline::persistence
