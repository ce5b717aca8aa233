// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tributary/core/vector.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// The roles of a table's columns, by name.
struct AssembleOptions {
  /// Column of class names: texts or whole numbers. For codes such as 01 see CsvOptions::text.
  /// Empty: the events have no labels.
  std::string label = {};
  std::string weight = {};                 ///< Empty: every event has weight 1.
  std::vector<std::string> drop = {};      ///< Columns that are not features.
  std::vector<std::string> features = {};  ///< In this order. Empty: all other columns.
  std::vector<std::string> target = {};    ///< Columns of regression targets.
  std::vector<std::string> classes = {};   ///< Names of 0, 1, ... Empty: all labels, sorted.
  /// Column of BasicEvents::event_numbers: whole numbers from 0 to 2^53. Empty: none.
  std::string event_number = {};
};

/// Turns the rows of a table into events; assemble<double>(...) uses double precision. Missing
/// features stay NaN (see Imputer). Throws std::invalid_argument for names that contradict the
/// table or each other. Throws FileError for a row without label, weight, target or event number,
/// or with an unknown label.
template <Real S = float>
BasicEvents<S> assemble(const CsvTable& table, const AssembleOptions& options);

}  // namespace tributary::inline v0_1

#ifndef TRIBUTARY_COMPILED
#include <tributary/data/assemble.ipp>
#endif
