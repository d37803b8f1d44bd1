;; The arithmetic of operations.js: what a model does with maps of numbers, four at a time.
;;
;; Knows float32 in memory that its caller lays out, and nothing of models. A map is [channels, side, side], row by
;; row, its rows `stride` numbers apart. Addresses are in bytes, everything else in numbers. `floor` is the least
;; that a result may be: 0 is a ReLU, -infinity changes nothing.
;;
;; Four outputs and eight columns are worked on at once. Where there are fewer, what is beyond is read and written
;; too: callers leave room for it and never look at it.
;;
;; `python -m tests.webassembly` assembles it into operations.wasm.

(module
  (memory (import "page" "memory") 1 512) ;; at most 32 MB

  ;; Float16 numbers become float32; `count` is a multiple of four. In place where they lie at the end of `to`.
  (func (export "expand") (param $from i32) (param $to i32) (param $count i32)
    (local $half v128)
    (local $end i32)
    (local.set $end (i32.add (local.get $to) (i32.shl (local.get $count) (i32.const 2))))
    (loop $next
      (if (i32.lt_u (local.get $to) (local.get $end))
        (then
          (local.set $half (v128.load16x4_u (local.get $from)))
          ;; The bits of exponent and fraction, moved to where float32 has them, are 2^112 times too small.
          (v128.store (local.get $to)
            (v128.or
              (f32x4.mul
                (i32x4.shl (v128.and (local.get $half) (v128.const i32x4 0x7fff 0x7fff 0x7fff 0x7fff)) (i32.const 13))
                (v128.const f32x4 0x1p112 0x1p112 0x1p112 0x1p112))
              (i32x4.shl (v128.and (local.get $half) (v128.const i32x4 0x8000 0x8000 0x8000 0x8000)) (i32.const 16))))
          (local.set $from (i32.add (local.get $from) (i32.const 8)))
          (local.set $to (i32.add (local.get $to) (i32.const 16)))
          (br $next)))))

  ;; A map with `padding` zeros around each channel, its rows side by side: [channels, wide, wide].
  (func (export "pad")
    (param $from i32) (param $to i32) (param $channels i32) (param $side i32) (param $stride i32) (param $padding i32)
    (local $wide i32)
    (local $row i32)
    (local.set $wide (i32.add (local.get $side) (i32.shl (local.get $padding) (i32.const 1))))
    (memory.fill (local.get $to) (i32.const 0)
      (i32.shl (i32.mul (local.get $channels) (i32.mul (local.get $wide) (local.get $wide))) (i32.const 2)))
    (local.set $to
      (i32.add (local.get $to)
        (i32.shl (i32.mul (local.get $padding) (i32.add (local.get $wide) (i32.const 1))) (i32.const 2))))
    (loop $channel
      (local.set $row (i32.const 0))
      (loop $next
        (memory.copy (local.get $to) (local.get $from) (i32.shl (local.get $side) (i32.const 2)))
        (local.set $from (i32.add (local.get $from) (i32.shl (local.get $stride) (i32.const 2))))
        (local.set $to (i32.add (local.get $to) (i32.shl (local.get $wide) (i32.const 2))))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $row) (local.get $side))))
      (local.set $to
        (i32.add (local.get $to) (i32.shl (i32.mul (local.get $padding) (local.get $wide)) (i32.const 3))))
      (local.set $channels (i32.sub (local.get $channels) (i32.const 1)))
      (br_if $channel (local.get $channels))))

  ;; Convolution of a padded map whose rows are `wide` numbers: each result is the sum over `depth` taps of a weight
  ;; and the number `taps` bytes after its place. `weights` are [outputs, depth].
  ;; The result's stride is `side` rounded up to a multiple of eight.
  (func (export "convolve")
    (param $from i32) (param $wide i32) (param $taps i32) (param $depth i32) (param $weights i32) (param $bias i32)
    (param $to i32) (param $outputs i32) (param $side i32) (param $floor f32)
    (local $stride i32)
    (local $plane i32)
    (local $x i32)
    (local $y i32)
    (local $row i32)
    (local $first i32) (local $second i32) (local $third i32) (local $fourth i32)
    (local $tap i32)
    (local $end i32)
    (local $place i32)
    (local $at i32)
    (local $least v128)
    (local $left v128) (local $right v128) (local $w v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (local.set $least (f32x4.splat (local.get $floor)))
    (local.set $stride (i32.shl (i32.and (i32.add (local.get $side) (i32.const 7)) (i32.const -8)) (i32.const 2)))
    (local.set $plane (i32.mul (local.get $stride) (local.get $side)))
    (local.set $row (i32.shl (local.get $depth) (i32.const 2)))
    (local.set $end (i32.add (local.get $taps) (local.get $row)))
    (loop $four
      (local.set $y (i32.const 0))
      (loop $down
        (local.set $x (i32.const 0))
        (loop $eight
          (local.set $place
            (i32.add (local.get $from)
              (i32.shl (i32.add (i32.mul (local.get $y) (local.get $wide)) (local.get $x)) (i32.const 2))))
          (local.set $a (local.tee $b (v128.load32_splat (local.get $bias))))
          (local.set $c (local.tee $d (v128.load32_splat offset=4 (local.get $bias))))
          (local.set $e (local.tee $f (v128.load32_splat offset=8 (local.get $bias))))
          (local.set $g (local.tee $h (v128.load32_splat offset=12 (local.get $bias))))
          (local.set $first (local.get $weights))
          (local.set $second (i32.add (local.get $first) (local.get $row)))
          (local.set $third (i32.add (local.get $second) (local.get $row)))
          (local.set $fourth (i32.add (local.get $third) (local.get $row)))
          (local.set $tap (local.get $taps))
          (loop $depth
            (local.set $at (i32.add (local.get $place) (i32.load (local.get $tap))))
            (local.set $left (v128.load (local.get $at)))
            (local.set $right (v128.load offset=16 (local.get $at)))
            (local.set $w (v128.load32_splat (local.get $first)))
            (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $w) (local.get $left))))
            (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $w) (local.get $right))))
            (local.set $w (v128.load32_splat (local.get $second)))
            (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $w) (local.get $left))))
            (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $w) (local.get $right))))
            (local.set $w (v128.load32_splat (local.get $third)))
            (local.set $e (f32x4.add (local.get $e) (f32x4.mul (local.get $w) (local.get $left))))
            (local.set $f (f32x4.add (local.get $f) (f32x4.mul (local.get $w) (local.get $right))))
            (local.set $w (v128.load32_splat (local.get $fourth)))
            (local.set $g (f32x4.add (local.get $g) (f32x4.mul (local.get $w) (local.get $left))))
            (local.set $h (f32x4.add (local.get $h) (f32x4.mul (local.get $w) (local.get $right))))
            (local.set $first (i32.add (local.get $first) (i32.const 4)))
            (local.set $second (i32.add (local.get $second) (i32.const 4)))
            (local.set $third (i32.add (local.get $third) (i32.const 4)))
            (local.set $fourth (i32.add (local.get $fourth) (i32.const 4)))
            (local.set $tap (i32.add (local.get $tap) (i32.const 4)))
            (br_if $depth (i32.lt_u (local.get $tap) (local.get $end))))
          (local.set $at
            (i32.add (local.get $to)
              (i32.add (i32.mul (local.get $y) (local.get $stride)) (i32.shl (local.get $x) (i32.const 2)))))
          (v128.store (local.get $at) (f32x4.max (local.get $a) (local.get $least)))
          (v128.store offset=16 (local.get $at) (f32x4.max (local.get $b) (local.get $least)))
          (local.set $at (i32.add (local.get $at) (local.get $plane)))
          (v128.store (local.get $at) (f32x4.max (local.get $c) (local.get $least)))
          (v128.store offset=16 (local.get $at) (f32x4.max (local.get $d) (local.get $least)))
          (local.set $at (i32.add (local.get $at) (local.get $plane)))
          (v128.store (local.get $at) (f32x4.max (local.get $e) (local.get $least)))
          (v128.store offset=16 (local.get $at) (f32x4.max (local.get $f) (local.get $least)))
          (local.set $at (i32.add (local.get $at) (local.get $plane)))
          (v128.store (local.get $at) (f32x4.max (local.get $g) (local.get $least)))
          (v128.store offset=16 (local.get $at) (f32x4.max (local.get $h) (local.get $least)))
          (local.set $x (i32.add (local.get $x) (i32.const 8)))
          (br_if $eight (i32.lt_u (local.get $x) (local.get $side))))
        (local.set $y (i32.add (local.get $y) (i32.const 1)))
        (br_if $down (i32.lt_u (local.get $y) (local.get $side))))
      (local.set $weights (i32.add (local.get $weights) (i32.shl (local.get $row) (i32.const 2))))
      (local.set $bias (i32.add (local.get $bias) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.shl (local.get $plane) (i32.const 2))))
      (local.set $outputs (i32.sub (local.get $outputs) (i32.const 4)))
      (br_if $four (i32.gt_s (local.get $outputs) (i32.const 0)))))

  ;; The largest of the 2x2 numbers at an address, rows `stride` bytes apart.
  (func $largest (param $at i32) (param $stride i32) (result f32)
    (f32.max
      (f32.max (f32.load (local.get $at)) (f32.load offset=4 (local.get $at)))
      (f32.max
        (f32.load (i32.add (local.get $at) (local.get $stride)))
        (f32.load offset=4 (i32.add (local.get $at) (local.get $stride))))))

  ;; Half as many rows and columns: the largest of each 2x2 numbers or, `blurred`, the mean of the largest at 2x2
  ;; neighboring places, of which the last may lie within. The result's rows lie side by side.
  (func (export "pool")
    (param $from i32) (param $to i32) (param $channels i32) (param $side i32) (param $stride i32) (param $blurred i32)
    (param $floor f32)
    (local $x i32)
    (local $y i32)
    (local $at i32)
    (local $across i32)
    (local $down i32)
    (local $value f32)
    (local.set $stride (i32.shl (local.get $stride) (i32.const 2)))
    (loop $channel
      (local.set $y (i32.const 1)) ;; of the second place
      (loop $row
        (local.set $x (i32.const 1))
        ;; Bytes to the second place: none where it would lie outside.
        (local.set $down
          (select (local.get $stride) (i32.const 0)
            (i32.lt_u (i32.add (local.get $y) (i32.const 1)) (local.get $side))))
        (loop $next
          (local.set $across
            (select (i32.const 4) (i32.const 0) (i32.lt_u (i32.add (local.get $x) (i32.const 1)) (local.get $side))))
          (local.set $at
            (i32.add (local.get $from)
              (i32.add
                (i32.mul (i32.sub (local.get $y) (i32.const 1)) (local.get $stride))
                (i32.shl (i32.sub (local.get $x) (i32.const 1)) (i32.const 2)))))
          (local.set $value (call $largest (local.get $at) (local.get $stride)))
          (if (local.get $blurred)
            (then
              (local.set $value
                (f32.mul (f32.const 0.25)
                  (f32.add
                    (f32.add
                      (local.get $value)
                      (call $largest (i32.add (local.get $at) (local.get $down)) (local.get $stride)))
                    (f32.add
                      (call $largest (i32.add (local.get $at) (local.get $across)) (local.get $stride))
                      (call $largest
                        (i32.add (local.get $at) (i32.add (local.get $down) (local.get $across)))
                        (local.get $stride))))))))
          (f32.store (local.get $to) (f32.max (local.get $value) (local.get $floor)))
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (local.set $x (i32.add (local.get $x) (i32.const 2)))
          (br_if $next (i32.lt_u (local.get $x) (local.get $side))))
        (local.set $y (i32.add (local.get $y) (i32.const 2)))
        (br_if $row (i32.lt_u (local.get $y) (local.get $side))))
      (local.set $from (i32.add (local.get $from) (i32.mul (local.get $stride) (local.get $side))))
      (local.set $channels (i32.sub (local.get $channels) (i32.const 1)))
      (br_if $channel (local.get $channels))))

  (func $sum (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v)))
      (f32.add (f32x4.extract_lane 2 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  ;; A fully connected layer: `weights` [outputs, depth] times the numbers at `from`, which get zeros after them.
  (func (export "connect")
    (param $from i32) (param $depth i32) (param $weights i32) (param $bias i32) (param $to i32) (param $outputs i32)
    (param $floor f32)
    (local $row i32)
    (local $at i32)
    (local $end i32)
    (local $first i32) (local $second i32) (local $third i32) (local $fourth i32)
    (local $x v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $row (i32.shl (local.get $depth) (i32.const 2)))
    (local.set $end (i32.add (local.get $from) (local.get $row)))
    (v128.store (local.get $end) (v128.const i32x4 0 0 0 0)) ;; what is beyond a row must not count
    (loop $four
      (local.set $at (local.get $from))
      (local.set $first (local.get $weights))
      (local.set $second (i32.add (local.get $first) (local.get $row)))
      (local.set $third (i32.add (local.get $second) (local.get $row)))
      (local.set $fourth (i32.add (local.get $third) (local.get $row)))
      (local.set $a (local.tee $b (local.tee $c (local.tee $d (v128.const i32x4 0 0 0 0)))))
      (loop $depth
        (local.set $x (v128.load (local.get $at)))
        (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $x) (v128.load (local.get $first)))))
        (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $x) (v128.load (local.get $second)))))
        (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $x) (v128.load (local.get $third)))))
        (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $x) (v128.load (local.get $fourth)))))
        (local.set $first (i32.add (local.get $first) (i32.const 16)))
        (local.set $second (i32.add (local.get $second) (i32.const 16)))
        (local.set $third (i32.add (local.get $third) (i32.const 16)))
        (local.set $fourth (i32.add (local.get $fourth) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $depth (i32.lt_u (local.get $at) (local.get $end))))
      (v128.store (local.get $to)
        (f32x4.max
          (f32x4.add
            (v128.load (local.get $bias))
            (f32x4.replace_lane 3
              (f32x4.replace_lane 2
                (f32x4.replace_lane 1 (f32x4.splat (call $sum (local.get $a))) (call $sum (local.get $b)))
                (call $sum (local.get $c)))
              (call $sum (local.get $d))))
          (f32x4.splat (local.get $floor))))
      (local.set $weights (i32.add (local.get $weights) (i32.shl (local.get $row) (i32.const 2))))
      (local.set $bias (i32.add (local.get $bias) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $outputs (i32.sub (local.get $outputs) (i32.const 4)))
      (br_if $four (i32.gt_s (local.get $outputs) (i32.const 0))))))
