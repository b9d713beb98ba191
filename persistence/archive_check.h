// What the tables of an archive say of one another, looked at as its pages are walked: values match
// their checksums, records stand under their own keys, every mailbox has its messages and every
// message its mailbox. A single value that is damaged is reported, and left out or told from its
// neighbours by who reads it.
//
// While it runs it takes some 4 bytes of memory for each message and 100 for each mailbox.
// Threads: whoever has the lock of the directory, before it opens the file.
#pragma once

#include <string>

namespace trunkline::persistence {

// Throws std::runtime_error that says what is beyond repair, as walk_pages() does.
void check_archive(const std::string& path);

}  // namespace trunkline::persistence
