import TestKit

typealias SeededGenerator = TestKit.SeededGenerator
