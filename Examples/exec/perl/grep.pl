# Prints the tweets that one of the patterns matches. usage: grep.pl PATTERN...
use strict;
use warnings;
use JSON::PP;

binmode STDOUT, ':encoding(UTF-8)';
STDOUT->autoflush(1);
# Answers have a descriptor of their own, so that what is printed is free.
open my $answers, '>&=', $ENV{PTR_REPLY_FD} or die "descriptor $ENV{PTR_REPLY_FD}: $!";
$answers->autoflush(1);

my @patterns = map { qr/$_/i } @ARGV;
while (my $line = <STDIN>) {
    my $event = decode_json($line);
    my $tweet = ref $event->{data} && $event->{data}{message}{tweet};
    if ($tweet && grep { $tweet->{text} =~ $_ } @patterns) {
        print "$tweet->{id_str} $tweet->{text}\n";
    }
    print $answers encode_json({ seq => $event->{seq}, status => 'done' }), "\n";
}
