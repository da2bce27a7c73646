# frozen_string_literal: true

require 'digest'
require 'fileutils'

module RabbitmqWebstomp
  # The versions of the page on disk: BASE/releases/VERSION-SHA256, of which BASE/current is one.
  class Release
    DIGITS = 12

    attr_reader :base, :name

    def initialize(base, version, sha256)
      @base = base
      @name = "#{version}-#{sha256[0, DIGITS]}"
    end

    def path
      File.join(base, 'releases', name)
    end

    def link
      File.join(base, 'current')
    end

    def present?
      File.file?(File.join(path, 'index.html'))
    end

    def current?
      present? && File.symlink?(link) && File.readlink(link) == target
    end

    # Complete or not there at all: what is unpacked gets its name last.
    # @param archive [String] path of a .tar.gz with index.html at its root, or below a single folder
    # @raise [RuntimeError] if it holds no page
    def unpack(archive)
      partial = File.join(base, 'releases', ".#{name}.partial")
      FileUtils.rm_rf(partial)
      FileUtils.mkdir_p(partial)
      Cli.execute(['tar', '--extract', '--gzip', '--no-same-owner', '--no-same-permissions', '--file', archive, '--directory', partial],
                  timeout: 300)
      found = [partial, *Dir[File.join(partial, '*/')]].find { |folder| File.file?(File.join(folder, 'index.html')) }
      raise "#{archive} holds no index.html: it is no page" unless found

      FileUtils.chmod_R('u=rwX,go=rX', found)
      FileUtils.rm_rf(path)
      File.rename(found.chomp('/'), path)
    ensure
      FileUtils.rm_rf(partial)
    end

    # At no moment is there no page: the new link takes the old one's place.
    def switch
      fresh = "#{link}.new"
      FileUtils.rm_f(fresh)
      File.symlink(target, fresh)
      File.rename(fresh, link)
    end

    # @return [Array<String>] what can go: all but this release and the newest `keep` others
    def stale(keep)
      others = Dir[File.join(base, 'releases', '*')].reject { |folder| folder == path }
      others.sort_by { |folder| [-File.mtime(folder).to_f, folder] }.drop(keep)
    end

    private

    def target
      File.join('releases', name)
    end
  end
end
