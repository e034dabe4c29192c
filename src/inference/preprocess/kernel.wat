;; The inner loops of preprocessing, which process sixteen pixels at a time. `npx wat2wasm` compiles them to kernel.wasm.
;; src/inference/preprocess/kernel.ts manages the memory and calls them. All addresses are bytes in `memory`.
(module
  (memory (export "memory") 8)

  ;; Resamples rows of a picture in fixed-point arithmetic: gray levels times 2^7 between the passes, weights times 2^14.
  ;;   picture        the first pixel that any output needs; rows are `stride` apart; up to 15 pixels beyond are read
  ;;   width          source columns that any output needs
  ;;   rowStarts      i32 for each output row: its first source row
  ;;   rowWeights     i16, rowCount for each output row; rowCount is even
  ;;   columnStarts   i32 for each output column: the offset of its first value in bytes from `blended`
  ;;   columnWeights  i16; for each group of four output columns, columnCount / 4 times four weights of each
  ;;   rounding       added before the fraction is truncated, times 2^21
  ;;   blended        space for width + 15 values of i16
  ;;   output         space for up to 3 additional pixels
  (func (export "resample")
    (param $picture i32) (param $stride i32) (param $width i32)
    (param $rowStarts i32) (param $rowWeights i32) (param $rowCount i32)
    (param $columnStarts i32) (param $columnWeights i32) (param $columnCount i32)
    (param $rounding i32) (param $blended i32) (param $output i32)
    (param $targetWidth i32) (param $rows i32)
    (loop $nextRow
      (call $blendRows
        (i32.add (local.get $picture)
          (i32.mul (i32.load (local.get $rowStarts)) (local.get $stride)))
        (local.get $stride) (local.get $width)
        (local.get $rowWeights) (local.get $rowCount) (local.get $blended))
      (call $blendColumns
        (local.get $blended) (local.get $columnStarts) (local.get $columnWeights)
        (local.get $columnCount) (local.get $rounding) (local.get $output) (local.get $targetWidth))
      (local.set $rowStarts (i32.add (local.get $rowStarts) (i32.const 4)))
      (local.set $rowWeights
        (i32.add (local.get $rowWeights) (i32.shl (local.get $rowCount) (i32.const 1))))
      (local.set $output (i32.add (local.get $output) (local.get $targetWidth)))
      (br_if $nextRow (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; blended[x] = the weighted sum of `rowCount` rows in column x, rounded to 2^-7 of a gray level.
  (func $blendRows
    (param $row i32) (param $stride i32) (param $width i32)
    (param $weights i32) (param $count i32) (param $blended i32)
    (local $x i32) (local $k i32) (local $from i32) (local $weight i32)
    (local $upper v128) (local $lower v128) (local $pair v128) (local $mixed v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (loop $nextColumns
      (local.set $from (i32.add (local.get $row) (local.get $x)))
      (local.set $weight (local.get $weights))
      (local.set $k (local.get $count))
      (local.set $sum0 (v128.const i32x4 64 64 64 64))
      (local.set $sum1 (v128.const i32x4 64 64 64 64))
      (local.set $sum2 (v128.const i32x4 64 64 64 64))
      (local.set $sum3 (v128.const i32x4 64 64 64 64))
      (loop $nextRows
        (local.set $upper (v128.load align=1 (local.get $from)))
        (local.set $lower (v128.load align=1 (i32.add (local.get $from) (local.get $stride))))
        (local.set $pair (v128.load32_splat align=2 (local.get $weight)))
        (local.set $mixed
          (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23
            (local.get $upper) (local.get $lower)))
        (local.set $sum0 (i32x4.add (local.get $sum0)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $mixed)) (local.get $pair))))
        (local.set $sum1 (i32x4.add (local.get $sum1)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $mixed)) (local.get $pair))))
        (local.set $mixed
          (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31
            (local.get $upper) (local.get $lower)))
        (local.set $sum2 (i32x4.add (local.get $sum2)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $mixed)) (local.get $pair))))
        (local.set $sum3 (i32x4.add (local.get $sum3)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $mixed)) (local.get $pair))))
        (local.set $from
          (i32.add (local.get $from) (i32.shl (local.get $stride) (i32.const 1))))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $nextRows (local.tee $k (i32.sub (local.get $k) (i32.const 2)))))
      (v128.store align=2 (local.get $blended)
        (i16x8.narrow_i32x4_s
          (i32x4.shr_u (local.get $sum0) (i32.const 7)) (i32x4.shr_u (local.get $sum1) (i32.const 7))))
      (v128.store offset=16 align=2 (local.get $blended)
        (i16x8.narrow_i32x4_s
          (i32x4.shr_u (local.get $sum2) (i32.const 7)) (i32x4.shr_u (local.get $sum3) (i32.const 7))))
      (local.set $blended (i32.add (local.get $blended) (i32.const 32)))
      (br_if $nextColumns
        (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $width)))))

  ;; output[x] = the weighted sum of `columnCount` blended values, four output columns at a time.
  (func $blendColumns
    (param $blended i32) (param $starts i32) (param $weights i32)
    (param $count i32) (param $rounding i32) (param $output i32) (param $targetWidth i32)
    (local $x i32) (local $k i32)
    (local $from0 i32) (local $from1 i32) (local $from2 i32) (local $from3 i32)
    (local $sum01 v128) (local $sum23 v128)
    (loop $nextColumns
      (local.set $from0 (i32.add (local.get $blended) (i32.load (local.get $starts))))
      (local.set $from1 (i32.add (local.get $blended) (i32.load offset=4 (local.get $starts))))
      (local.set $from2 (i32.add (local.get $blended) (i32.load offset=8 (local.get $starts))))
      (local.set $from3 (i32.add (local.get $blended) (i32.load offset=12 (local.get $starts))))
      (local.set $starts (i32.add (local.get $starts) (i32.const 16)))
      (local.set $k (local.get $count))
      (local.set $sum01 (v128.const i32x4 0 0 0 0))
      (local.set $sum23 (v128.const i32x4 0 0 0 0))
      (loop $nextInputs
        (local.set $sum01 (i32x4.add (local.get $sum01)
          (i32x4.dot_i16x8_s
            (v128.load64_lane align=2 1 (local.get $from1)
              (v128.load64_zero align=2 (local.get $from0)))
            (v128.load align=2 (local.get $weights)))))
        (local.set $sum23 (i32x4.add (local.get $sum23)
          (i32x4.dot_i16x8_s
            (v128.load64_lane align=2 1 (local.get $from3)
              (v128.load64_zero align=2 (local.get $from2)))
            (v128.load offset=16 align=2 (local.get $weights)))))
        (local.set $from0 (i32.add (local.get $from0) (i32.const 8)))
        (local.set $from1 (i32.add (local.get $from1) (i32.const 8)))
        (local.set $from2 (i32.add (local.get $from2) (i32.const 8)))
        (local.set $from3 (i32.add (local.get $from3) (i32.const 8)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 32)))
        (br_if $nextInputs (local.tee $k (i32.sub (local.get $k) (i32.const 4)))))
      (local.set $sum01
        (i32x4.shr_u
          (i32x4.add (i32x4.splat (local.get $rounding))
            (i32x4.add
              (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27
                (local.get $sum01) (local.get $sum23))
              (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31
                (local.get $sum01) (local.get $sum23))))
          (i32.const 21)))
      (local.set $sum01 (i16x8.narrow_i32x4_s (local.get $sum01) (local.get $sum01)))
      (v128.store32_lane align=1 0 (i32.add (local.get $output) (local.get $x))
        (i8x16.narrow_i16x8_u (local.get $sum01) (local.get $sum01)))
      (br_if $nextColumns
        (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 4))) (local.get $targetWidth)))))

  ;; The sum of gray levels; `length` is a multiple of 16.
  (func (export "sum") (param $from i32) (param $length i32) (result i64)
    (local $end i32) (local $sum v128)
    (local.set $end (i32.add (local.get $from) (local.get $length)))
    (loop $next
      (local.set $sum (i32x4.add (local.get $sum)
        (i32x4.extadd_pairwise_i16x8_u
          (i16x8.extadd_pairwise_i8x16_u (v128.load align=1 (local.get $from))))))
      (br_if $next
        (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 16))) (local.get $end))))
    (call $total
      (i64x2.add
        (i64x2.extend_low_i32x4_u (local.get $sum)) (i64x2.extend_high_i32x4_u (local.get $sum)))))

  ;; The sum of their squares.
  (func (export "sumOfSquares") (param $from i32) (param $length i32) (result i64)
    (local $end i32) (local $levels v128) (local $half v128) (local $squares v128) (local $sum v128)
    (local.set $end (i32.add (local.get $from) (local.get $length)))
    (loop $next
      (local.set $levels (v128.load align=1 (local.get $from)))
      (local.set $half (i16x8.extend_low_i8x16_u (local.get $levels)))
      (local.set $squares (i32x4.dot_i16x8_s (local.get $half) (local.get $half)))
      (local.set $half (i16x8.extend_high_i8x16_u (local.get $levels)))
      (local.set $squares (i32x4.add (local.get $squares)
        (i32x4.dot_i16x8_s (local.get $half) (local.get $half))))
      (local.set $sum (i64x2.add (local.get $sum)
        (i64x2.add
          (i64x2.extend_low_i32x4_u (local.get $squares))
          (i64x2.extend_high_i32x4_u (local.get $squares)))))
      (br_if $next
        (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 16))) (local.get $end))))
    (call $total (local.get $sum)))

  (func $total (param $lanes v128) (result i64)
    (i64.add (i64x2.extract_lane 0 (local.get $lanes)) (i64x2.extract_lane 1 (local.get $lanes)))))
